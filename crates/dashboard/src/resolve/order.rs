//! In which order variables are resolved.

use crate::api::Variable;
use crate::interpolate::references;

/// Each variable's position, those that it refers to before it; with the names of the cycle it lies in or
/// behind, where there is one.
pub(super) fn dependency_order(variables: &[Variable]) -> Vec<(usize, Option<String>)> {
    let uses: Vec<Vec<usize>> = variables.iter().map(|variable| used_by(variable, variables)).collect();
    let mut done = vec![false; variables.len()];
    let mut order = Vec::new();
    loop {
        let ready =
            (0..variables.len()).find(|&index| !done[index] && uses[index].iter().all(|&used| done[used]));
        let Some(index) = ready else { break };
        done[index] = true;
        order.push((index, None));
    }
    let stuck: Vec<usize> = (0..variables.len()).filter(|&index| !done[index]).collect();
    for &index in &stuck {
        order.push((index, Some(cycle_from(index, &uses, &done, variables))));
    }
    order
}

fn used_by(variable: &Variable, variables: &[Variable]) -> Vec<usize> {
    let definition = &variable.definition;
    let names = references(&definition.query).into_iter().chain(references(&definition.regex));
    let position = |name: &str| variables.iter().position(|other| other.name == name);
    names.filter_map(position).collect()
}

/// `a → b → a`, following what is not resolved.
fn cycle_from(start: usize, uses: &[Vec<usize>], done: &[bool], variables: &[Variable]) -> String {
    let mut path = vec![start];
    while let Some(&next) = uses[path[path.len() - 1]].iter().find(|&&used| !done[used]) {
        let seen = path.contains(&next);
        path.push(next);
        if seen {
            break;
        }
    }
    let names: Vec<&str> = path.iter().map(|&index| variables[index].name.as_str()).collect();
    names.join(" → ")
}
