//! Tree to text: the walk over nodes.
//!
//! The walk keeps its own stack of frames, so that neither loops nor templates that call templates use the
//! stack of the thread; only expressions recurse (`eval`), and that depth is counted across re-entries.

mod eval;

use std::cell::Cell;

use crate::error::{CallError, ExecError};
use crate::fmt::Printer;
use crate::template::Template;
use crate::tree::{Branch, Node, Pipe, Place, Tree};
use crate::value::{List, Str, Value};

/// What a missing key of a map gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MissingKey {
    /// Nothing, printed as `<no value>`; fields of nothing are nothing.
    #[default]
    Default,
    /// The zero value of the map's element type.
    Zero,
    /// An error.
    Error,
}

/// How to execute, and the bounds of it.
#[derive(Debug, Clone)]
pub struct Options {
    /// What a missing key of a map gives.
    pub missing_key: MissingKey,
    /// Bytes that may be printed in all, strings made by `print` and its like included.
    pub max_output: usize,
    /// How deep templates may call each other.
    pub max_depth: usize,
    /// Nodes, commands and iterations in all.
    pub max_steps: u64,
}

/// One execution, shared by the templates that functions execute within it.
pub struct Context {
    options: Options,
    depth: Cell<usize>,
    /// Levels of expressions that are being evaluated: they use the thread's stack.
    stack: Cell<usize>,
    steps: Cell<u64>,
    bytes: Cell<usize>,
}

/// Expressions within expressions, across re-entries; a level takes a few KB of stack.
const MAX_STACK: usize = 300;

/// What a re-entry takes in levels.
const REENTRY: usize = 6;

impl Default for Options {
    fn default() -> Self {
        Self {
            missing_key: MissingKey::Default,
            max_output: 64 << 20,
            max_depth: 1_000,
            max_steps: 10_000_000,
        }
    }
}

// === impl Context ===

impl Context {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            options: options.clone(),
            depth: Cell::new(0),
            stack: Cell::new(0),
            steps: Cell::new(0),
            bytes: Cell::new(0),
        }
    }

    /// Execute a template within this execution: depth, steps and bytes count together.
    ///
    /// # Errors
    /// As [`Template::execute`].
    pub fn execute(&self, template: &Template, data: &Value) -> Result<Value, CallError> {
        let (depth, stack) = (self.depth.get(), self.stack.get());
        if depth >= self.options.max_depth {
            return Err(format!("exceeded maximum template depth ({})", self.options.max_depth).into());
        }
        self.enter(REENTRY)?;
        self.depth.set(depth + 1);
        let result = run(template, data, self);
        self.depth.set(depth);
        self.stack.set(stack);
        Ok(Value::String(result?.into()))
    }

    /// The options of the execution.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Count work that a function does beyond the call itself, in units of a node.
    ///
    /// # Errors
    /// The execution's steps are used up.
    pub fn charge(&self, steps: u64) -> Result<(), CallError> {
        let total = self.steps.get().saturating_add(steps);
        self.steps.set(total);
        if total > self.options.max_steps {
            return Err(format!("execution takes more than {} steps", self.options.max_steps).into());
        }
        Ok(())
    }

    /// A printer that stops where the execution's bytes are used up.
    pub(crate) fn printer(&self) -> Printer {
        Printer::with_limit(self.options.max_output.saturating_sub(self.bytes.get()))
    }

    /// Count bytes printed.
    pub(crate) fn charge_bytes(&self, bytes: usize) -> Result<(), CallError> {
        let total = self.bytes.get().saturating_add(bytes);
        self.bytes.set(total);
        if total > self.options.max_output {
            return Err(format!("output is longer than {} bytes", self.options.max_output).into());
        }
        Ok(())
    }

    fn enter(&self, levels: usize) -> Result<(), CallError> {
        if self.stack.get() + levels > MAX_STACK {
            return Err("expressions are nested too deeply".into());
        }
        self.stack.set(self.stack.get() + levels);
        Ok(())
    }

    fn leave(&self, levels: usize) {
        self.stack.set(self.stack.get().saturating_sub(levels));
    }
}

/// A value with its static type as far as it matters: nil in an interface differs from no value at all.
#[derive(Clone)]
struct Slot {
    value: Value,
    iface: bool,
}

impl Slot {
    fn new(value: Value) -> Self {
        Self { value, iface: false }
    }

    fn type_name(&self) -> String {
        if self.iface { "interface {}".to_owned() } else { self.value.type_name().into_owned() }
    }
}

struct Machine<'t, 'c> {
    template: &'t Template,
    context: &'c Context,
    out: Vec<u8>,
    /// Variables of all active templates; those of the current one begin at `base`.
    vars: Vec<(&'t str, Slot)>,
    base: usize,
    tree: &'t Tree,
    place: Option<Place<'t>>,
    frames: Vec<Frame<'t>>,
}

enum Frame<'t> {
    /// A list of nodes, the index of the next one, and dot.
    List(&'t [Node], usize, Slot),
    /// The variables since `mark` go when the frames above are done.
    Scope(usize),
    Range(Box<RangeFrame<'t>>),
    /// The end of a called template: back to this tree and base.
    Return(&'t Tree, usize),
}

struct RangeFrame<'t> {
    items: Items,
    pipe: &'t Pipe,
    body: &'t [Node],
    /// Variables at the start of an iteration.
    mark: usize,
    /// Variables before the range.
    outer: usize,
}

/// What remains to be ranged over.
enum Items {
    List(List, usize),
    Int(i64, i64),
    Map(std::vec::IntoIter<(Str, Value)>, bool),
}

/// Execute the template's main tree.
pub(crate) fn run(template: &Template, data: &Value, context: &Context) -> Result<Vec<u8>, ExecError> {
    let incomplete = || ExecError::Incomplete { name: template.name().to_owned() };
    let tree = template.tree(template.name()).ok_or_else(incomplete)?;
    let dot = Slot::new(data.clone());
    let mut machine = Machine {
        template,
        context,
        out: Vec::new(),
        vars: vec![("$", dot.clone())],
        base: 0,
        tree,
        place: None,
        frames: vec![Frame::List(&tree.root, 0, dot)],
    };
    while machine.step()? {}
    Ok(machine.out)
}

impl<'t> Machine<'t, '_> {
    fn fail(&self, message: impl Into<String>) -> ExecError {
        let pos = self.place.map_or(0, |place| place.pos());
        let before = &self.tree.source.as_bytes()[..pos.min(self.tree.source.len())];
        let line_start = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        ExecError::At {
            name: self.tree.source_name.clone(),
            line: 1 + before.iter().filter(|b| **b == b'\n').count(),
            column: before.len() - line_start,
            template: self.tree.name.clone(),
            context: self.place.map(|place| place.to_string()).unwrap_or_default(),
            message: message.into(),
        }
    }

    fn limit<T>(&self, result: Result<T, CallError>) -> Result<T, ExecError> {
        result.map_err(|error| self.fail(error.0))
    }

    /// One step of the frame on top; false when there is none.
    fn step(&mut self) -> Result<bool, ExecError> {
        self.limit(self.context.charge(1))?;
        match self.frames.last_mut() {
            None => return Ok(false),
            Some(Frame::List(nodes, next, dot)) => {
                let nodes: &'t [Node] = nodes;
                match nodes.get(*next) {
                    Some(node) => {
                        *next += 1;
                        let dot = dot.clone();
                        self.walk(node, &dot)?;
                    }
                    None => {
                        self.frames.pop();
                    }
                }
            }
            Some(Frame::Scope(mark)) => {
                let mark = *mark;
                self.vars.truncate(mark);
                self.frames.pop();
            }
            Some(Frame::Range(_)) => self.iterate()?,
            Some(Frame::Return(tree, base)) => {
                let (tree, base) = (*tree, *base);
                self.vars.truncate(self.base);
                (self.tree, self.base) = (tree, base);
                self.context.depth.set(self.context.depth.get().saturating_sub(1));
                self.frames.pop();
            }
        }
        Ok(true)
    }

    fn walk(&mut self, node: &'t Node, dot: &Slot) -> Result<(), ExecError> {
        self.place = Some(Place::Node(node));
        match node {
            Node::Text { text, .. } => self.write(text.as_bytes()),
            Node::Action { pipe, .. } => {
                let value = self.pipeline(dot, pipe)?;
                if pipe.decl.is_empty() { self.print(node, &value) } else { Ok(()) }
            }
            Node::If(branch) => self.branch(branch, dot, false),
            Node::With(branch) => self.branch(branch, dot, true),
            Node::Range(branch) => self.range(branch, dot),
            Node::Template { name, pipe, .. } => self.call_template(name, pipe.as_ref(), dot),
            Node::Break { .. } => {
                self.unwind();
                self.end_range();
                Ok(())
            }
            Node::Continue { .. } => {
                self.unwind();
                Ok(())
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ExecError> {
        self.limit(self.context.charge_bytes(bytes.len()))?;
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    fn print(&mut self, node: &'t Node, value: &Value) -> Result<(), ExecError> {
        self.place = Some(Place::Node(node));
        match value {
            Value::Nil => self.write(b"<no value>"),
            Value::String(text) => self.write(text.as_bytes()),
            Value::Function(f) => Err(self.fail(format!("can't print {node} of type {}", f.type_name()))),
            value => {
                let mut printer = self.context.printer();
                printer.print(std::slice::from_ref(value));
                let bytes = printer.finish().map_err(|message| self.fail(message))?;
                self.write(&bytes)
            }
        }
    }

    fn branch(&mut self, branch: &'t Branch, dot: &Slot, with: bool) -> Result<(), ExecError> {
        let mark = self.vars.len();
        let value = self.pipeline(dot, &branch.pipe)?;
        let (list, dot) = match (value.truth(), &branch.otherwise) {
            (true, _) if with => (&branch.list, Slot::new(value)),
            (true, _) => (&branch.list, dot.clone()),
            (false, Some(otherwise)) => (otherwise, dot.clone()),
            (false, None) => {
                self.vars.truncate(mark);
                return Ok(());
            }
        };
        self.frames.push(Frame::Scope(mark));
        self.frames.push(Frame::List(list, 0, dot));
        Ok(())
    }

    fn range(&mut self, branch: &'t Branch, dot: &Slot) -> Result<(), ExecError> {
        let outer = self.vars.len();
        let value = self.pipeline(dot, &branch.pipe)?;
        let items = self.items(&value, &branch.pipe)?;
        if items.is_empty() {
            if let Some(otherwise) = &branch.otherwise {
                self.frames.push(Frame::Scope(outer));
                self.frames.push(Frame::List(otherwise, 0, dot.clone()));
            } else {
                self.vars.truncate(outer);
            }
            return Ok(());
        }
        let mark = self.vars.len();
        let frame = RangeFrame { items, pipe: &branch.pipe, body: &branch.list, mark, outer };
        self.frames.push(Frame::Range(Box::new(frame)));
        Ok(())
    }

    fn items(&self, value: &Value, pipe: &Pipe) -> Result<Items, ExecError> {
        match value.plain() {
            Value::Nil => Ok(Items::Int(0, 0)),
            Value::List(list) => Ok(Items::List(list, 0)),
            Value::Map(map) => {
                let iface = map.elem() == crate::Elem::Any;
                Ok(Items::Map(map.entries().into_iter(), iface))
            }
            number @ (Value::Int(_) | Value::Uint(_)) => {
                if pipe.decl.len() > 1 {
                    let number = crate::fmt::sprint(&[number]);
                    return Err(
                        self.fail(format!("can't use {number} to iterate over more than one variable"))
                    );
                }
                match number {
                    Value::Int(end) => Ok(Items::Int(0, end)),
                    Value::Uint(end) => Ok(Items::Int(0, i64::try_from(end).unwrap_or(i64::MAX))),
                    _ => Ok(Items::Int(0, 0)),
                }
            }
            _ => {
                let mut printer = self.context.printer();
                printer.print(std::slice::from_ref(value));
                let text = printer.finish().unwrap_or_default();
                Err(self.fail(format!("range can't iterate over {}", String::from_utf8_lossy(&text))))
            }
        }
    }

    /// The next iteration of the range on top, or its end.
    fn iterate(&mut self) -> Result<(), ExecError> {
        let Some(Frame::Range(frame)) = self.frames.last_mut() else {
            return Ok(());
        };
        self.vars.truncate(frame.mark);
        let (pipe, body) = (frame.pipe, frame.body);
        let Some((index, elem)) = frame.items.next() else {
            self.end_range();
            return Ok(());
        };
        match pipe.decl.as_slice() {
            [] => {}
            [one] if pipe.assign => self.set_var(one, elem.clone())?,
            [first, second, ..] if pipe.assign => {
                self.set_var(first, index)?;
                self.set_var(second, elem.clone())?;
            }
            decl => {
                // The pipeline pushed its variables in order; the last one is the element.
                let top = self.vars.len();
                if let Some(var) = self.vars.get_mut(top - 1) {
                    var.1 = elem.clone();
                }
                if decl.len() > 1
                    && let Some(var) = self.vars.get_mut(top - 2)
                {
                    var.1 = index;
                }
            }
        }
        self.frames.push(Frame::List(body, 0, elem));
        Ok(())
    }

    /// Drop the frames above the innermost range.
    fn unwind(&mut self) {
        while self.frames.last().is_some_and(|frame| !matches!(frame, Frame::Range(_))) {
            self.frames.pop();
        }
    }

    fn end_range(&mut self) {
        if let Some(Frame::Range(frame)) = self.frames.pop() {
            self.vars.truncate(frame.outer);
        }
    }

    fn call_template(&mut self, name: &'t str, pipe: Option<&'t Pipe>, dot: &Slot) -> Result<(), ExecError> {
        let Some(tree) = self.template.tree(name) else {
            let name = crate::literal::quote(name.as_bytes());
            return Err(self.fail(format!("template {name} not defined")));
        };
        let max = self.context.options.max_depth;
        if self.context.depth.get() >= max {
            return Err(self.fail(format!("exceeded maximum template depth ({max})")));
        }
        let value = match pipe {
            Some(pipe) => self.pipeline(dot, pipe)?,
            None => Value::Nil,
        };
        self.context.depth.set(self.context.depth.get() + 1);
        self.frames.push(Frame::Return(self.tree, self.base));
        self.tree = tree;
        self.base = self.vars.len();
        let dot = Slot::new(value);
        self.vars.push(("$", dot.clone()));
        self.frames.push(Frame::List(&tree.root, 0, dot));
        Ok(())
    }

    fn var(&self, name: &str) -> Result<Slot, ExecError> {
        let found = self.vars[self.base..].iter().rev().find(|(var, _)| *var == name);
        found.map(|(_, slot)| slot.clone()).ok_or_else(|| self.fail(format!("undefined variable: {name}")))
    }

    fn set_var(&mut self, name: &str, slot: Slot) -> Result<(), ExecError> {
        let base = self.base;
        match self.vars[base..].iter_mut().rev().find(|(var, _)| *var == name) {
            Some((_, old)) => {
                *old = slot;
                Ok(())
            }
            None => Err(self.fail(format!("undefined variable: {name}"))),
        }
    }
}

// === impl Items ===

impl Items {
    fn is_empty(&self) -> bool {
        match self {
            Self::List(list, next) => *next >= list.len(),
            Self::Int(next, end) => next >= end,
            Self::Map(entries, _) => entries.len() == 0,
        }
    }

    /// The next index or key, and element.
    fn next(&mut self) -> Option<(Slot, Slot)> {
        match self {
            Self::List(list, next) => {
                let elem = list.as_slice().get(*next)?.clone();
                let index = Slot::new(Value::Int(i64::try_from(*next).unwrap_or(i64::MAX)));
                *next += 1;
                Some((index, Slot { value: elem, iface: list.elem() == crate::Elem::Any }))
            }
            Self::Int(next, end) => {
                let at = (*next < *end).then_some(*next)?;
                *next += 1;
                Some((Slot::new(Value::Nil), Slot::new(Value::Int(at))))
            }
            Self::Map(entries, iface) => {
                let (key, value) = entries.next()?;
                Some((Slot::new(Value::String(key)), Slot { value, iface: *iface }))
            }
        }
    }
}
