//! Templates with the output of Go's own text/template.

use std::any::Any;
use std::path::PathBuf;

use super::*;
use crate::{CallError, Object};

fn shared() -> PathBuf {
    match std::env::var_os("WEIR_SHARED") {
        Some(path) => path.into(),
        None => concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared").into(),
    }
}

fn value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(b) => Value::Bool(*b),
        serde_json::Value::Number(n) => {
            n.as_i64().map_or_else(|| Value::Float(n.as_f64().unwrap()), Value::Int)
        }
        serde_json::Value::String(s) => Value::from(s.as_str()),
        serde_json::Value::Array(items) => Value::list(items.iter().map(value).collect()),
        serde_json::Value::Object(map) => {
            Value::Map(map.iter().map(|(k, v)| (k.as_str(), value(v))).collect())
        }
    }
}

/// Labels with methods, as the notification templates have them.
struct Kv(Vec<(&'static str, &'static str)>);

impl Object for Kv {
    fn type_name(&self) -> &str {
        "template.KV"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn underlying(&self) -> Option<Value> {
        Some(Value::string_map(self.0.iter().copied()))
    }

    fn method(&self, name: &str) -> Option<Function> {
        let pairs = self.0.clone();
        match name {
            "SortedPairs" => Some(Function::new(&[], move |_| Ok(Value::object(Pairs(pairs.clone()))))),
            "Names" => Some(Function::new(&[], move |_| Ok(strings(pairs.iter().map(|(name, _)| *name))))),
            "Remove" => Some(Function::new(&[Type::List], move |args| {
                let Some(Value::List(names)) = args.first() else {
                    return Err(CallError::from("no list"));
                };
                let gone: Vec<String> =
                    names.as_slice().iter().map(|n| crate::fmt::sprint(std::slice::from_ref(n))).collect();
                let kept =
                    pairs.iter().filter(|(name, _)| !gone.iter().any(|g| g == name)).copied().collect();
                Ok(Value::object(Kv(kept)))
            })),
            "Values" => Some(Function::new(&[], move |_| Ok(strings(pairs.iter().map(|(_, value)| *value))))),
            _ => None,
        }
    }
}

struct Pairs(Vec<(&'static str, &'static str)>);

impl Object for Pairs {
    fn type_name(&self) -> &str {
        "template.Pairs"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn method(&self, name: &str) -> Option<Function> {
        let pairs = self.0.clone();
        (name == "Values")
            .then(|| Function::new(&[], move |_| Ok(strings(pairs.iter().map(|(_, value)| *value)))))
    }
}

struct Alerts;

impl Object for Alerts {
    fn type_name(&self) -> &str {
        "template.Alerts"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn method(&self, name: &str) -> Option<Function> {
        (name == "Firing").then(|| Function::new(&[], |_| Ok(Value::list(vec![Value::Int(1)]))))
    }
}

fn strings<'a>(items: impl Iterator<Item = &'a str>) -> Value {
    Value::List(List::typed(items.map(Value::from).collect(), Elem::String))
}

fn sample(instance: &str, value: f64) -> Value {
    let map = Map::new();
    map.insert("Labels", Value::string_map([("instance", instance)]));
    map.insert("Value", value);
    Value::Map(map)
}

fn key(value: &Value, name: &str) -> Value {
    match value {
        Value::Map(map) => map.get(name.as_bytes()).unwrap_or_default(),
        _ => Value::Nil,
    }
}

fn humanize(value: &Value) -> String {
    let mut number = match value {
        Value::Float(f) => *f,
        Value::Int(i) => *i as f64,
        other => crate::fmt::sprint(std::slice::from_ref(other)).parse().unwrap(),
    };
    let mut prefix = "";
    if number.abs() >= 1.0 {
        for p in ["k", "M", "G"] {
            if number.abs() < 1000.0 {
                break;
            }
            prefix = p;
            number /= 1000.0;
        }
    } else {
        for p in ["m", "u", "n"] {
            if number.abs() >= 1.0 {
                break;
            }
            prefix = p;
            number *= 1000.0;
        }
    }
    crate::fmt::sprintf("%.4g%s", &[Value::Float(number), Value::from(prefix)])
}

fn functions() -> Functions {
    let mut table = Functions::new();
    table.insert("humanize", Function::new(&[Type::Any], |args| Ok(Value::from(humanize(&args[0])))));
    table.insert(
        "query",
        Function::new(&[Type::String], |_| Ok(Value::list(vec![sample("b", 2.0), sample("a", 1500.0)]))),
    );
    table.insert(
        "first",
        Function::new(&[Type::List], |args| match &args[0] {
            Value::List(list) => {
                list.as_slice().first().cloned().ok_or("first() called on vector with no elements".into())
            }
            _ => Err("no list".into()),
        }),
    );
    table.insert("value", Function::new(&[Type::Map], |args| Ok(key(&args[0], "Value"))));
    table.insert(
        "label",
        Function::new(&[Type::String, Type::Map], |args| {
            Ok(key(&key(&args[1], "Labels"), &args[0].as_str().unwrap().to_text()))
        }),
    );
    table.insert(
        "sortByLabel",
        Function::new(&[Type::String, Type::List], |args| {
            let Value::List(list) = &args[1] else { return Err("no list".into()) };
            let name = args[0].as_str().unwrap();
            let mut items = list.as_slice().to_vec();
            items.sort_by_key(|item| key(&key(item, "Labels"), &name.to_text()).as_str());
            Ok(Value::list(items))
        }),
    );
    table.insert(
        "args",
        Function::variadic(&[], Type::Any, |args| {
            Ok(Value::Map(args.iter().enumerate().map(|(i, arg)| (format!("arg{i}"), arg.clone())).collect()))
        }),
    );
    table.insert(
        "join",
        Function::new(&[Type::String, Type::List], |args| {
            let Value::List(list) = &args[1] else { return Err("no list".into()) };
            let parts: Vec<String> =
                list.as_slice().iter().map(|v| crate::fmt::sprint(std::slice::from_ref(v))).collect();
            Ok(Value::from(parts.join(&args[0].as_str().unwrap().to_text())))
        }),
    );
    table
}

#[test]
fn agrees_with_go() {
    let folder = shared().join("conformance/gotemplate");
    let (Ok(cases), Ok(expected)) =
        (std::fs::read(folder.join("cases.json")), std::fs::read(folder.join("expected.json")))
    else {
        println!("skipped: {} is absent", folder.display());
        return;
    };
    let cases: serde_json::Value = serde_json::from_slice(&cases).unwrap();
    let expected: serde_json::Value = serde_json::from_slice(&expected).unwrap();
    let data = value(&cases["data"]);
    let methods = Map::new();
    methods.insert("Alerts", Value::object(Alerts));
    methods.insert("GroupLabels", Value::object(Kv(vec![("alertname", "X"), ("job", "j")])));
    methods.insert(
        "CommonLabels",
        Value::object(Kv(vec![("alertname", "X"), ("job", "j"), ("severity", "page")])),
    );
    let methods = Value::Map(methods);
    let options = Options { missing_key: MissingKey::Zero, ..Options::default() };
    let mut failed = 0;
    let list = cases["cases"].as_array().unwrap();
    for case in list {
        let name = case["name"].as_str().unwrap();
        let data = if name.starts_with("m_") { &methods } else { &data };
        let got = render_with(case["t"].as_str().unwrap(), data, &options, &functions());
        let got = got.replacen("PARSE template", "PARSEERR template", 1).replacen(
            "EXEC template",
            "EXECERR template",
            1,
        );
        let want = expected[name].as_str().unwrap();
        if got != want {
            failed += 1;
            println!("{name}: {}\n  want {want}\n  got  {got}", case["t"]);
        }
    }
    println!("{} passed, {failed} failed", list.len() - failed);
    assert_eq!(failed, 0);
    assert!(list.len() >= 73);
}
