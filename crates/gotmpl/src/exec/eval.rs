//! Pipelines, commands, fields and calls.

use super::{Machine, MissingKey, Slot};
use crate::builtins;
use crate::error::ExecError;
use crate::function::{Function, Type};
use crate::literal::{Number, quote};
use crate::tree::{Command, Operand, Pipe, Place, Term};
use crate::value::Value;
use crate::value::{Elem, Map};

type Eval<T> = Result<T, ExecError>;

/// A callee with what it is called with, as the source has it.
struct Call<'t, 'a> {
    name: &'t str,
    function: &'a Function,
    builtin: bool,
    /// What the error text shows when the function itself fails.
    place: Place<'t>,
    args: &'t [Operand],
    last: Option<Value>,
}

impl<'t> Machine<'t, '_> {
    fn at(&mut self, operand: &'t Operand) {
        self.place = Some(Place::Operand(operand));
    }

    /// The value of a pipeline, its variables set.
    pub(super) fn pipeline(&mut self, dot: &Slot, pipe: &'t Pipe) -> Eval<Value> {
        self.place = Some(Place::Pipe(pipe));
        self.limit(self.context.enter(1))?;
        let mut last = None;
        for command in &pipe.commands {
            self.limit(self.context.charge(1))?;
            last = Some(self.command(dot, command, last)?.value);
        }
        self.context.leave(1);
        let value = last.unwrap_or_default();
        for name in &pipe.decl {
            if pipe.assign {
                self.set_var(name, Slot::new(value.clone()))?;
            } else {
                self.vars.push((name, Slot::new(value.clone())));
            }
        }
        Ok(value)
    }

    fn command(&mut self, dot: &Slot, command: &'t Command, last: Option<Value>) -> Eval<Slot> {
        let Some(first) = command.args.first() else {
            return Ok(Slot::new(Value::Nil));
        };
        let args = &command.args[1..];
        match &first.term {
            Term::Field(names) => {
                self.at(first);
                self.fields(dot, dot.clone(), first, names, args, last)
            }
            Term::Chain(of, names) => self.chain(dot, first, of, names, args, last),
            Term::Identifier(name) => self.function(dot, first, name, Place::Command(command), args, last),
            Term::Pipe(pipe) => {
                self.not_a_function(first, args, last.as_ref())?;
                self.pipeline(dot, pipe).map(Slot::new)
            }
            Term::Variable(names) => self.variable(dot, first, names, args, last),
            term => {
                self.at(first);
                self.not_a_function(first, args, last.as_ref())?;
                match term {
                    Term::Dot => Ok(dot.clone()),
                    Term::Nil => Err(self.fail("nil is not a command")),
                    _ => self.constant(first).map(Slot::new),
                }
            }
        }
    }

    fn not_a_function(&self, first: &Operand, args: &[Operand], last: Option<&Value>) -> Eval<()> {
        if args.is_empty() && last.is_none() {
            return Ok(());
        }
        let shown = match &first.term {
            Term::Pipe(pipe) => pipe.to_string(),
            _ => first.to_string(),
        };
        Err(self.fail(format!("can't give argument to non-function {shown}")))
    }

    /// A literal where no type is asked for.
    fn constant(&self, operand: &Operand) -> Eval<Value> {
        match &operand.term {
            Term::Bool(value) => Ok(Value::Bool(*value)),
            Term::String { bytes, .. } => Ok(Value::String(bytes.as_slice().into())),
            Term::Number(number) => self.number(number),
            _ => Err(self.fail(format!("can't evaluate command {}", quote(operand.to_string().as_bytes())))),
        }
    }

    fn number(&self, number: &Number) -> Eval<Value> {
        match (number.float, number.int) {
            (Some(float), _) if number.is_float() => Ok(Value::Float(float)),
            (_, Some(int)) => Ok(Value::Int(int)),
            _ => Err(self.fail(format!("{} overflows int", number.text))),
        }
    }

    // === fields ===

    fn variable(
        &mut self,
        dot: &Slot,
        operand: &'t Operand,
        names: &'t [String],
        args: &'t [Operand],
        last: Option<Value>,
    ) -> Eval<Slot> {
        self.at(operand);
        let Some((name, fields)) = names.split_first() else {
            return Ok(Slot::new(Value::Nil));
        };
        let value = self.var(name)?;
        if fields.is_empty() {
            self.not_a_function(operand, args, last.as_ref())?;
            return Ok(value);
        }
        self.fields(dot, value, operand, fields, args, last)
    }

    fn chain(
        &mut self,
        dot: &Slot,
        operand: &'t Operand,
        of: &'t Operand,
        names: &'t [String],
        args: &'t [Operand],
        last: Option<Value>,
    ) -> Eval<Slot> {
        self.at(operand);
        if matches!(of.term, Term::Nil) {
            return Err(self.fail(format!("indirection through explicit nil in {operand}")));
        }
        let receiver = self.arg(dot, Type::Any, of)?;
        self.fields(dot, Slot::new(receiver), operand, names, args, last)
    }

    /// `.a.b.c`; the arguments are the last one's.
    fn fields(
        &mut self,
        dot: &Slot,
        receiver: Slot,
        operand: &'t Operand,
        names: &'t [String],
        args: &'t [Operand],
        last: Option<Value>,
    ) -> Eval<Slot> {
        let Some((final_name, before)) = names.split_last() else {
            return Ok(receiver);
        };
        let mut receiver = receiver;
        for name in before {
            receiver = self.field(dot, &receiver, operand, name, &[], None)?;
        }
        self.field(dot, &receiver, operand, final_name, args, last)
    }

    fn field(
        &mut self,
        dot: &Slot,
        receiver: &Slot,
        operand: &'t Operand,
        name: &'t str,
        args: &'t [Operand],
        last: Option<Value>,
    ) -> Eval<Slot> {
        let has_args = !args.is_empty() || last.is_some();
        match &receiver.value {
            Value::Nil if receiver.iface => {
                return Err(self.fail(format!("nil pointer evaluating interface {{}}.{name}")));
            }
            Value::Nil if self.context.options().missing_key == MissingKey::Error => {
                return Err(self.fail(format!("nil data; no entry for key {}", quote(name.as_bytes()))));
            }
            Value::Nil => return Ok(Slot::new(Value::Nil)),
            Value::Object(object) => {
                if let Some(function) = object.method(name) {
                    let place = Place::Operand(operand);
                    let call = Call { name, function: &function, builtin: false, place, args, last };
                    return self.call(dot, call);
                }
                if let Some(value) = object.field(name) {
                    if has_args {
                        let text = format!("{name} has arguments but cannot be invoked as function");
                        return Err(self.fail(text));
                    }
                    return Ok(Slot::new(value));
                }
            }
            _ => {}
        }
        match receiver.value.plain() {
            Value::Map(map) if has_args => {
                drop(map);
                Err(self.fail(format!("{name} is not a method but has arguments")))
            }
            Value::Map(map) => self.key(&map, name),
            _ => Err(self.fail(format!("can't evaluate field {name} in type {}", receiver.type_name()))),
        }
    }

    fn key(&self, map: &Map, name: &str) -> Eval<Slot> {
        let iface = map.elem() == Elem::Any;
        if let Some(value) = map.get(name.as_bytes()) {
            return Ok(Slot { value, iface });
        }
        match self.context.options().missing_key {
            MissingKey::Default => Ok(Slot::new(Value::Nil)),
            MissingKey::Zero => Ok(Slot { value: map.elem().zero(), iface }),
            MissingKey::Error => {
                Err(self.fail(format!("map has no entry for key {}", quote(name.as_bytes()))))
            }
        }
    }

    // === calls ===

    fn function(
        &mut self,
        dot: &Slot,
        operand: &'t Operand,
        name: &'t str,
        place: Place<'t>,
        args: &'t [Operand],
        last: Option<Value>,
    ) -> Eval<Slot> {
        self.at(operand);
        let template = self.template;
        let (function, builtin) = match (template.functions().get(name), builtins::get(name)) {
            (Some(function), _) => (function, false),
            (None, Some(function)) => (function, true),
            (None, None) => {
                return Err(self.fail(format!("{} is not a defined function", quote(name.as_bytes()))));
            }
        };
        self.call(dot, Call { name, function, builtin, place, args, last })
    }

    fn call(&mut self, dot: &Slot, call: Call<'t, '_>) -> Eval<Slot> {
        self.check_count(&call)?;
        if call.builtin && (call.name == "and" || call.name == "or") {
            return self.and_or(dot, call);
        }
        let params = call.function.params();
        let param = |i: usize| params.get(i).copied().or(call.function.rest()).unwrap_or(Type::Any);
        let mut values = Vec::with_capacity(call.args.len() + 1);
        for (i, arg) in call.args.iter().enumerate() {
            values.push(self.arg(dot, param(i), arg)?);
        }
        if let Some(last) = call.last {
            values.push(self.validate(Slot::new(last), param(values.len()))?);
        }
        let long: usize = values.iter().map(|v| if let Value::String(s) = v { s.len() } else { 0 }).sum();
        self.limit(self.context.charge(long as u64 / 256))?;
        let result = if call.builtin && call.name == "call" {
            let callee = call.args.first().map_or_else(|| "value".to_owned(), ToString::to_string);
            builtins::call_value(self.context, &callee, &values)
        } else {
            call.function.call(self.context, &values)
        };
        match result {
            Ok(value) => Ok(Slot::new(value)),
            Err(error) => {
                self.place = Some(call.place);
                Err(self.fail(format!("error calling {}: {error}", call.name)))
            }
        }
    }

    fn check_count(&self, call: &Call<'_, '_>) -> Eval<()> {
        let fixed = call.function.params().len();
        let given = call.args.len() + usize::from(call.last.is_some());
        let (name, got) = (call.name, call.args.len());
        if call.function.rest().is_some() {
            if given < fixed {
                let text = format!("wrong number of args for {name}: want at least {fixed} got {got}");
                return Err(self.fail(text));
            }
        } else if given != fixed {
            return Err(self.fail(format!("wrong number of args for {name}: want {fixed} got {given}")));
        }
        Ok(())
    }

    /// `and` and `or` stop at the first value that decides.
    fn and_or(&mut self, dot: &Slot, call: Call<'t, '_>) -> Eval<Slot> {
        let mut value = Value::Nil;
        for arg in call.args {
            value = self.arg(dot, Type::Any, arg)?;
            if value.truth() == (call.name == "or") {
                return Ok(Slot::new(value));
            }
        }
        Ok(Slot::new(call.last.unwrap_or(value)))
    }

    /// An argument, checked against the parameter's type.
    fn arg(&mut self, dot: &Slot, wanted: Type, operand: &'t Operand) -> Eval<Value> {
        self.at(operand);
        let slot = match &operand.term {
            Term::Dot => dot.clone(),
            Term::Nil => {
                if wanted.can_be_nil() {
                    return Ok(Value::Nil);
                }
                return Err(self.fail(format!("cannot assign nil to {}", wanted.name())));
            }
            Term::Field(names) => self.fields(dot, dot.clone(), operand, names, &[], None)?,
            Term::Variable(names) => self.variable(dot, operand, names, &[], None)?,
            Term::Pipe(pipe) => Slot::new(self.pipeline(dot, pipe)?),
            Term::Identifier(name) => {
                self.function(dot, operand, name, Place::Operand(operand), &[], None)?
            }
            Term::Chain(of, names) => self.chain(dot, operand, of, names, &[], None)?,
            Term::Bool(_) | Term::Number(_) | Term::String { .. } => return self.literal(operand, wanted),
        };
        self.validate(slot, wanted)
    }

    /// A literal as an argument: converted to the parameter's type as Go's constants are.
    fn literal(&self, operand: &Operand, wanted: Type) -> Eval<Value> {
        let expected = |what: &str| self.fail(format!("expected {what}; found {operand}"));
        match (wanted, &operand.term) {
            (Type::Any, _) => self.constant(operand),
            (Type::Bool, Term::Bool(value)) => Ok(Value::Bool(*value)),
            (Type::Bool, _) => Err(expected("bool")),
            (Type::String, Term::String { bytes, .. }) => Ok(Value::String(bytes.as_slice().into())),
            (Type::String, _) => Err(expected("string")),
            (Type::Int, Term::Number(Number { int: Some(int), .. })) => Ok(Value::Int(*int)),
            (Type::Int, _) => Err(expected("integer")),
            (Type::Uint, Term::Number(Number { uint: Some(uint), .. })) => Ok(Value::Uint(*uint)),
            (Type::Uint, _) => Err(expected("unsigned integer")),
            (Type::Float, Term::Number(Number { float: Some(float), .. })) => Ok(Value::Float(*float)),
            (Type::Float, _) => Err(expected("float")),
            _ => Err(self.fail(format!("can't handle {operand} for arg of type {}", wanted.name()))),
        }
    }

    fn validate(&self, slot: Slot, wanted: Type) -> Eval<Value> {
        let expected = wanted.name();
        match slot.value {
            Value::Nil if wanted == Type::Any || (!slot.iface && wanted.can_be_nil()) => Ok(Value::Nil),
            Value::Nil if slot.iface => {
                Err(self.fail(format!("wrong type for value; expected {expected}; got interface {{}}")))
            }
            Value::Nil => Err(self.fail(format!("invalid value; expected {expected}"))),
            value if wanted.accepts(&value) => Ok(value),
            value => {
                let got = value.type_name();
                Err(self.fail(format!("wrong type for value; expected {expected}; got {got}")))
            }
        }
    }
}
