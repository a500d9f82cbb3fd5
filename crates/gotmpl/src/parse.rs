//! Tokens to trees.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::ParseError;
use crate::lex::{Kind, Token, Tokens, lex};
use crate::literal::{parse_number, quote, unquote};
use crate::tree::{Branch, Command, Node, Operand, Pipe, Term, Tree};

/// How deep actions and parentheses may nest in the source: the parser and what walks the tree recurse.
const MAX_NESTING: usize = 200;

/// Trees by name, the main one among them.
pub(crate) type Trees = BTreeMap<String, Arc<Tree>>;

/// Parse a text. `is_function` knows the functions, builtins included.
pub(crate) fn parse(name: &str, text: &str, is_function: &dyn Fn(&str) -> bool) -> Result<Trees, ParseError> {
    let tokens = lex(text, is_function);
    let mut parser = Parser {
        name,
        source: text.into(),
        tokens: &tokens,
        next: 0,
        seen: 0,
        action_line: 0,
        depth: 0,
        scope: Scope::default(),
        trees: BTreeMap::new(),
        is_function,
    };
    parser.main()?;
    Ok(parser.trees)
}

struct Parser<'s> {
    name: &'s str,
    source: Arc<str>,
    tokens: &'s Tokens<'s>,
    /// Index of the next token to be given.
    next: usize,
    /// Index of the furthest token given so far; its line is the line of an error.
    seen: usize,
    /// Line where the current action began; 0 outside.
    action_line: usize,
    depth: usize,
    scope: Scope,
    trees: Trees,
    is_function: &'s dyn Fn(&str) -> bool,
}

/// What a `define` or `block` has of its own.
struct Scope {
    vars: Vec<String>,
    range_depth: usize,
}

/// What a list of nodes ended with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    End,
    Else,
}

/// A node, or the end of the list that it is in.
enum Item {
    Node(Node),
    End(End),
}

type Parsed<T> = Result<T, ParseError>;

impl Default for Scope {
    fn default() -> Self {
        Self { vars: vec!["$".to_owned()], range_depth: 0 }
    }
}

impl End {
    fn text(self) -> &'static str {
        match self {
            Self::End => "{{end}}",
            Self::Else => "{{else}}",
        }
    }
}

// === tokens and errors ===

impl<'s> Parser<'s> {
    fn token(&self, index: usize) -> Token<'s> {
        let list = &self.tokens.list;
        list[index.min(list.len() - 1)]
    }

    fn next(&mut self) -> Token<'s> {
        let token = self.peek();
        self.next = (self.next + 1).min(self.tokens.list.len());
        token
    }

    fn peek(&mut self) -> Token<'s> {
        self.seen = self.seen.max(self.next);
        self.token(self.next)
    }

    fn next_non_space(&mut self) -> Token<'s> {
        loop {
            let token = self.next();
            if token.kind != Kind::Space {
                return token;
            }
        }
    }

    fn peek_non_space(&mut self) -> Token<'s> {
        while self.peek().kind == Kind::Space {
            self.next();
        }
        self.peek()
    }

    fn backup(&mut self) {
        self.next = self.next.saturating_sub(1);
    }

    fn error(&self, message: impl Into<String>) -> ParseError {
        let line = self.token(self.seen).line;
        ParseError { name: self.name.to_owned(), line, message: message.into() }
    }

    fn unexpected(&self, token: &Token<'_>, context: &str) -> ParseError {
        let what = token.describe(&self.tokens.fault);
        if token.kind != Kind::Error {
            return self.error(format!("unexpected {what} in {context}"));
        }
        let mut message = what;
        if self.action_line != 0 && self.action_line != token.line {
            let word = if message.ends_with(" action") { "" } else { " in action" };
            message = format!("{message}{word} started at {}:{}", self.name, self.action_line);
        }
        self.error(message)
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Parsed<Token<'s>> {
        let token = self.next_non_space();
        if token.kind == kind { Ok(token) } else { Err(self.unexpected(&token, context)) }
    }

    fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= MAX_NESTING {
            return Err(self.error(format!("nesting is deeper than {MAX_NESTING} levels")));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }
}

// === lists and actions ===

impl Parser<'_> {
    fn main(&mut self) -> Parsed<()> {
        let mut root = Vec::new();
        while self.peek().kind != Kind::Eof {
            if self.peek().kind == Kind::LeftDelim {
                let at = self.next;
                self.next();
                if self.next_non_space().kind == Kind::Define {
                    self.definition()?;
                    continue;
                }
                self.next = at;
            }
            match self.text_or_action()? {
                Item::Node(node) => root.push(node),
                Item::End(end) => return Err(self.error(format!("unexpected {}", end.text()))),
            }
        }
        self.add(self.name.to_owned(), root)
    }

    fn definition(&mut self) -> Parsed<()> {
        const CONTEXT: &str = "define clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, CONTEXT)?;
        self.expect(Kind::RightDelim, CONTEXT)?;
        self.own_tree(name, CONTEXT)
    }

    /// The body of a `define` or `block`: a tree with variables of its own.
    fn own_tree(&mut self, name: String, context: &str) -> Parsed<()> {
        let outer = std::mem::take(&mut self.scope);
        let action_line = std::mem::take(&mut self.action_line);
        let (root, end) = self.nested(Self::item_list)?;
        if end != End::End {
            return Err(self.error(format!("unexpected {} in {context}", end.text())));
        }
        self.scope = outer;
        self.action_line = action_line;
        self.add(name, root)
    }

    fn add(&mut self, name: String, root: Vec<Node>) -> Parsed<()> {
        let tree = Tree {
            name: name.clone(),
            source_name: self.name.to_owned(),
            source: Arc::clone(&self.source),
            root,
        };
        match self.trees.get(&name) {
            Some(old) if !old.is_empty() => {
                if tree.is_empty() {
                    return Ok(());
                }
                let name = quote(name.as_bytes());
                Err(self.error(format!("template: multiple definition of template {name}")))
            }
            _ => {
                self.trees.insert(name, Arc::new(tree));
                Ok(())
            }
        }
    }

    fn item_list(&mut self) -> Parsed<(Vec<Node>, End)> {
        let mut list = Vec::new();
        while self.peek_non_space().kind != Kind::Eof {
            match self.text_or_action()? {
                Item::Node(node) => list.push(node),
                Item::End(end) => return Ok((list, end)),
            }
        }
        Err(self.error("unexpected EOF"))
    }

    fn text_or_action(&mut self) -> Parsed<Item> {
        let token = self.next_non_space();
        match token.kind {
            Kind::Text => Ok(Item::Node(Node::Text { pos: token.pos, text: token.text.to_owned() })),
            Kind::LeftDelim => {
                self.action_line = token.line;
                let item = self.action();
                if item.is_ok() {
                    self.action_line = 0;
                }
                item
            }
            _ => Err(self.unexpected(&token, "input")),
        }
    }

    fn action(&mut self) -> Parsed<Item> {
        let token = self.next_non_space();
        let node = match token.kind {
            Kind::Block => self.block()?,
            Kind::Break => self.loop_control(&token, "{{break}}")?,
            Kind::Continue => self.loop_control(&token, "{{continue}}")?,
            Kind::Else => return self.else_control(),
            Kind::End => {
                self.expect(Kind::RightDelim, "end")?;
                return Ok(Item::End(End::End));
            }
            Kind::If => Node::If(self.nested(|p| p.control("if"))?),
            Kind::With => Node::With(self.nested(|p| p.control("with"))?),
            Kind::Range => Node::Range(self.nested(|p| p.control("range"))?),
            Kind::Template => self.template()?,
            _ => {
                self.backup();
                let pos = self.peek().pos;
                Node::Action { pos, pipe: self.pipeline("command", Kind::RightDelim)? }
            }
        };
        Ok(Item::Node(node))
    }

    fn loop_control(&mut self, token: &Token<'_>, word: &str) -> Parsed<Node> {
        let after = self.next_non_space();
        if after.kind != Kind::RightDelim {
            return Err(self.unexpected(&after, word));
        }
        if self.scope.range_depth == 0 {
            return Err(self.error(format!("{word} outside {{{{range}}}}")));
        }
        let pos = token.pos;
        Ok(if token.kind == Kind::Break { Node::Break { pos } } else { Node::Continue { pos } })
    }

    fn else_control(&mut self) -> Parsed<Item> {
        // `else if` and `else with` stay for the branch that the list belongs to.
        if !matches!(self.peek_non_space().kind, Kind::If | Kind::With) {
            self.expect(Kind::RightDelim, "else")?;
        }
        Ok(Item::End(End::Else))
    }

    fn control(&mut self, context: &str) -> Parsed<Branch> {
        let vars = self.scope.vars.len();
        let pipe = self.pipeline(context, Kind::RightDelim)?;
        let in_range = usize::from(context == "range");
        self.scope.range_depth += in_range;
        let (list, end) = self.item_list()?;
        self.scope.range_depth -= in_range;
        let otherwise = if end == End::Else { Some(self.otherwise(context)?) } else { None };
        self.scope.vars.truncate(vars);
        Ok(Branch { pos: pipe.pos, pipe, list, otherwise })
    }

    fn otherwise(&mut self, context: &str) -> Parsed<Vec<Node>> {
        let after = self.peek().kind;
        if context == "if" && after == Kind::If {
            self.next();
            return Ok(vec![Node::If(self.nested(|p| p.control("if"))?)]);
        }
        if context == "with" && after == Kind::With {
            self.next();
            return Ok(vec![Node::With(self.nested(|p| p.control("with"))?)]);
        }
        let (list, end) = self.item_list()?;
        if end != End::End {
            return Err(self.error(format!("expected end; found {}", end.text())));
        }
        Ok(list)
    }

    fn block(&mut self) -> Parsed<Node> {
        const CONTEXT: &str = "block clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, CONTEXT)?;
        let pipe = self.pipeline(CONTEXT, Kind::RightDelim)?;
        self.own_tree(name.clone(), CONTEXT)?;
        Ok(Node::Template { pos: token.pos, name, pipe: Some(pipe) })
    }

    fn template(&mut self) -> Parsed<Node> {
        const CONTEXT: &str = "template clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, CONTEXT)?;
        let mut pipe = None;
        if self.next_non_space().kind != Kind::RightDelim {
            self.backup();
            pipe = Some(self.pipeline(CONTEXT, Kind::RightDelim)?);
        }
        Ok(Node::Template { pos: token.pos, name, pipe })
    }

    fn template_name(&self, token: &Token<'_>, context: &str) -> Parsed<String> {
        if !matches!(token.kind, Kind::String | Kind::RawString) {
            return Err(self.unexpected(token, context));
        }
        let bytes = unquote(token.text).ok_or_else(|| self.error("invalid syntax"))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

// === pipelines ===

impl Parser<'_> {
    fn pipeline(&mut self, context: &str, end: Kind) -> Parsed<Pipe> {
        let pos = self.peek_non_space().pos;
        let mut pipe = Pipe { pos, assign: false, decl: Vec::new(), commands: Vec::new() };
        while self.declaration(&mut pipe, context)? {}
        loop {
            let token = self.next_non_space();
            match token.kind {
                kind if kind == end => {
                    self.check(&pipe, context)?;
                    return Ok(pipe);
                }
                Kind::Bool
                | Kind::CharConstant
                | Kind::Dot
                | Kind::Field
                | Kind::Identifier
                | Kind::Number
                | Kind::Nil
                | Kind::RawString
                | Kind::String
                | Kind::Variable
                | Kind::LeftParen => {
                    self.backup();
                    pipe.commands.push(self.command()?);
                }
                _ => return Err(self.unexpected(&token, context)),
            }
        }
    }

    /// Read `$x :=`, `$x =` or `$x,` if it is there; true if another declaration must follow.
    fn declaration(&mut self, pipe: &mut Pipe, context: &str) -> Parsed<bool> {
        let variable = self.peek_non_space();
        if variable.kind != Kind::Variable {
            return Ok(false);
        }
        let at = self.next;
        self.next();
        let sign = self.peek_non_space();
        let comma = sign.kind == Kind::Char && sign.text == ",";
        if !comma && !matches!(sign.kind, Kind::Assign | Kind::Declare) {
            self.next = at;
            return Ok(false);
        }
        self.next_non_space();
        pipe.assign = sign.kind == Kind::Assign;
        pipe.decl.push(variable.text.to_owned());
        self.scope.vars.push(variable.text.to_owned());
        if !comma {
            return Ok(false);
        }
        if context == "range" && pipe.decl.len() < 2 {
            return match self.peek_non_space().kind {
                Kind::Variable | Kind::RightDelim | Kind::RightParen => Ok(true),
                _ => Err(self.error("range can only initialize variables")),
            };
        }
        Err(self.error(format!("too many declarations in {context}")))
    }

    fn check(&self, pipe: &Pipe, context: &str) -> Parsed<()> {
        if pipe.commands.is_empty() {
            return Err(self.error(format!("missing value for {context}")));
        }
        for (i, command) in pipe.commands.iter().enumerate().skip(1) {
            let first = command.args.first().map(|arg| &arg.term);
            if let Some(Term::Bool(_) | Term::Dot | Term::Nil | Term::Number(_) | Term::String { .. }) = first
            {
                return Err(self.error(format!("non executable command in pipeline stage {}", i + 1)));
            }
        }
        Ok(())
    }

    fn command(&mut self) -> Parsed<Command> {
        let pos = self.peek_non_space().pos;
        let mut args = Vec::new();
        loop {
            self.peek_non_space();
            args.extend(self.operand()?);
            let token = self.next();
            match token.kind {
                Kind::Space => {}
                Kind::RightDelim | Kind::RightParen => {
                    self.backup();
                    break;
                }
                Kind::Pipe => break,
                _ => return Err(self.unexpected(&token, "operand")),
            }
        }
        if args.is_empty() {
            return Err(self.error("empty command"));
        }
        Ok(Command { pos, args })
    }

    /// A term with the fields behind it.
    fn operand(&mut self) -> Parsed<Option<Operand>> {
        let Some(operand) = self.term()? else {
            return Ok(None);
        };
        let first = self.peek();
        if first.kind != Kind::Field {
            return Ok(Some(operand));
        }
        let mut fields = Vec::new();
        while self.peek().kind == Kind::Field {
            fields.push(self.next().text[1..].to_owned());
        }
        let pos = first.pos;
        let term = match operand.term {
            Term::Field(mut names) => {
                names.append(&mut fields);
                Term::Field(names)
            }
            Term::Variable(mut names) => {
                names.append(&mut fields);
                Term::Variable(names)
            }
            Term::Bool(_) | Term::String { .. } | Term::Number(_) | Term::Nil | Term::Dot => {
                let term = quote(operand.to_string().as_bytes());
                return Err(self.error(format!("unexpected . after term {term}")));
            }
            _ => Term::Chain(Box::new(operand), fields),
        };
        Ok(Some(Operand { pos, term }))
    }

    fn term(&mut self) -> Parsed<Option<Operand>> {
        let token = self.next_non_space();
        let term = match token.kind {
            Kind::Identifier => {
                if !(self.is_function)(token.text) {
                    let name = quote(token.text.as_bytes());
                    return Err(self.error(format!("function {name} not defined")));
                }
                Term::Identifier(token.text.to_owned())
            }
            Kind::Dot => Term::Dot,
            Kind::Nil => Term::Nil,
            Kind::Variable => {
                if !self.scope.vars.iter().any(|var| var == token.text) {
                    return Err(self.error(format!("undefined variable {}", quote(token.text.as_bytes()))));
                }
                Term::Variable(vec![token.text.to_owned()])
            }
            Kind::Field => Term::Field(vec![token.text[1..].to_owned()]),
            Kind::Bool => Term::Bool(token.text == "true"),
            Kind::CharConstant | Kind::Number => {
                Term::Number(parse_number(token.text).map_err(|message| self.error(message))?)
            }
            Kind::LeftParen => {
                let pipe = self.nested(|p| p.pipeline("parenthesized pipeline", Kind::RightParen))?;
                let pos = pipe.pos;
                return Ok(Some(Operand { pos, term: Term::Pipe(Box::new(pipe)) }));
            }
            Kind::String | Kind::RawString => {
                let bytes = unquote(token.text).ok_or_else(|| self.error("invalid syntax"))?;
                Term::String { source: token.text.to_owned(), bytes }
            }
            _ => {
                self.backup();
                return Ok(None);
            }
        };
        Ok(Some(Operand { pos: token.pos, term }))
    }
}
