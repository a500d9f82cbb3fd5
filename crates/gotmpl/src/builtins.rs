//! The functions that every template has.

mod compare;
mod escape;

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::error::CallError;
use crate::exec::Context;
use crate::function::{Function, Type};
use crate::value::{Elem, List, Str, Value};

type Answer = Result<Value, CallError>;

static BUILTINS: LazyLock<HashMap<&'static str, Function>> = LazyLock::new(|| {
    let any = Type::Any;
    HashMap::from([
        // `and`, `or` and `call` are evaluated by the machine itself; these rows carry their parameters.
        ("and", Function::variadic(&[any], any, |args| Ok(args.last().cloned().unwrap_or_default()))),
        ("or", Function::variadic(&[any], any, |args| Ok(args.last().cloned().unwrap_or_default()))),
        (
            "call",
            Function::with_context(&[any], Some(any), |context, args| call_value(context, "value", args)),
        ),
        ("not", Function::new(&[any], |args| Ok(Value::Bool(!first(args).truth())))),
        ("len", Function::new(&[any], |args| length(first(args)))),
        ("index", Function::variadic(&[any], any, index)),
        ("slice", Function::variadic(&[any], any, slice)),
        (
            "print",
            Function::with_context(&[], Some(any), |context, args| printed(context, |p| p.print(args))),
        ),
        (
            "println",
            Function::with_context(&[], Some(any), |context, args| printed(context, |p| p.println(args))),
        ),
        ("printf", Function::with_context(&[Type::String], Some(any), printf)),
        ("html", Function::with_context(&[], Some(any), |c, args| escape::escape(c, args, escape::html))),
        ("js", Function::with_context(&[], Some(any), |c, args| escape::escape(c, args, escape::js))),
        (
            "urlquery",
            Function::with_context(&[], Some(any), |c, args| escape::escape(c, args, escape::url_query)),
        ),
        ("eq", Function::variadic(&[any], any, compare::eq)),
        ("ne", Function::new(&[any, any], compare::ne)),
        ("lt", Function::new(&[any, any], compare::lt)),
        ("le", Function::new(&[any, any], compare::le)),
        ("gt", Function::new(&[any, any], compare::gt)),
        ("ge", Function::new(&[any, any], compare::ge)),
    ])
});

/// The builtin of a name.
pub(crate) fn get(name: &str) -> Option<&'static Function> {
    BUILTINS.get(name)
}

fn first(args: &[Value]) -> &Value {
    args.first().unwrap_or(&Value::Nil)
}

/// `call`: the first argument is the function; `callee` is how the source names it.
pub(crate) fn call_value(context: &Context, callee: &str, args: &[Value]) -> Answer {
    let function = match first(args) {
        Value::Nil => return Err("call of nil".into()),
        Value::Function(function) => function,
        other => return Err(format!("non-function {callee} of type {}", other.type_name()).into()),
    };
    let args = &args[1..];
    let (fixed, got) = (function.params().len(), args.len());
    match function.rest() {
        Some(_) if got < fixed => {
            return Err(format!("wrong number of args for {callee}: got {got} want at least {fixed}").into());
        }
        None if got != fixed => {
            return Err(format!("wrong number of args for {callee}: got {got} want {fixed}").into());
        }
        _ => {}
    }
    for (i, arg) in args.iter().enumerate() {
        let Some(wanted) = function.params().get(i).copied().or(function.rest()) else {
            continue;
        };
        let fits = if matches!(arg, Value::Nil) { wanted.can_be_nil() } else { wanted.accepts(arg) };
        if !fits {
            let (got, want) = (arg.type_name(), wanted.name());
            return Err(format!("arg {i}: value has type {got}; should be {want}").into());
        }
    }
    function.call(context, args)
}

fn length(value: &Value) -> Answer {
    let len = match value.plain() {
        Value::Nil => return Err("len of nil pointer".into()),
        Value::String(text) => text.len(),
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        _ => return Err(format!("len of type {}", value.type_name()).into()),
    };
    Ok(Value::Int(i64::try_from(len).unwrap_or(i64::MAX)))
}

fn index(args: &[Value]) -> Answer {
    let mut item = first(args).clone();
    if matches!(item, Value::Nil) {
        return Err("index of untyped nil".into());
    }
    for at in args.iter().skip(1) {
        item = match item.plain() {
            Value::Nil => return Err("index of nil pointer".into()),
            Value::List(list) => {
                let at = position(at, list.len())?;
                list.as_slice().get(at).cloned().ok_or("reflect: slice index out of range")?
            }
            Value::String(text) => {
                let at = position(at, text.len())?;
                let byte = text.as_bytes().get(at).ok_or("reflect: string index out of range")?;
                Value::Uint(u64::from(*byte))
            }
            Value::Map(map) => {
                let key = match at.plain() {
                    Value::String(key) => key,
                    Value::Nil => return Err("value is nil; should be of type string".into()),
                    other => {
                        let got = other.type_name();
                        return Err(format!("value has type {got}; should be string").into());
                    }
                };
                map.get(key.as_bytes()).unwrap_or_else(|| map.elem().zero())
            }
            _ => return Err(format!("can't index item of type {}", item.type_name()).into()),
        };
    }
    Ok(item)
}

/// An index into something of this capacity; the capacity itself is still in range, as in Go.
fn position(value: &Value, capacity: usize) -> Result<usize, CallError> {
    let (index, shown) = match value.plain() {
        Value::Int(i) => (usize::try_from(i).ok(), i),
        Value::Uint(u) => (usize::try_from(u).ok(), u.cast_signed()),
        Value::Nil => return Err("cannot index slice/array with nil".into()),
        _ => return Err(format!("cannot index slice/array with type {}", value.type_name()).into()),
    };
    match index {
        Some(index) if index <= capacity => Ok(index),
        _ => Err(format!("index out of range: {shown}").into()),
    }
}

fn slice(args: &[Value]) -> Answer {
    let item = first(args);
    let bounds = args.get(1..).unwrap_or_default();
    if bounds.len() > 3 {
        return Err(format!("too many slice indexes: {}", bounds.len()).into());
    }
    let (plain, len) = match item.plain() {
        Value::Nil => return Err("slice of untyped nil".into()),
        Value::String(_) if bounds.len() == 3 => return Err("cannot 3-index slice a string".into()),
        Value::String(text) => (Value::String(text.clone()), text.len()),
        Value::List(list) => (Value::List(list.clone()), list.len()),
        _ => return Err(format!("can't slice item of type {}", item.type_name()).into()),
    };
    let mut at = [0, len, len];
    for (slot, bound) in at.iter_mut().zip(bounds) {
        *slot = position(bound, len)?;
    }
    if at[0] > at[1] {
        return Err(format!("invalid slice index: {} > {}", at[0], at[1]).into());
    }
    if bounds.len() == 3 && at[1] > at[2] {
        return Err(format!("invalid slice index: {} > {}", at[1], at[2]).into());
    }
    Ok(match plain {
        Value::String(text) => Value::String(Str::from(&text.as_bytes()[at[0]..at[1]])),
        Value::List(list) => {
            let elem: Elem = list.elem();
            Value::List(List::typed(list.as_slice()[at[0]..at[1]].to_vec(), elem))
        }
        other => other,
    })
}

fn printf(context: &Context, args: &[Value]) -> Answer {
    let format = match first(args) {
        Value::String(format) => format.clone(),
        _ => Str::default(),
    };
    printed(context, |printer| printer.printf(format.as_bytes(), args.get(1..).unwrap_or_default()))
}

/// What is printed, within the execution's bounds.
fn printed(context: &Context, print: impl FnOnce(&mut crate::fmt::Printer)) -> Answer {
    let mut printer = context.printer();
    print(&mut printer);
    let bytes = printer.finish()?;
    context.charge_bytes(bytes.len())?;
    Ok(Value::String(bytes.into()))
}
