//! The conformance set, and what it does not cover.

mod conformance;

use crate::{Elem, Function, Functions, List, Map, MissingKey, Options, Template, Type, Value};

/// Execute a text against data; errors are given as text.
fn render(text: &str, data: &Value, options: &Options) -> String {
    render_with(text, data, options, &Functions::new())
}

fn render_with(text: &str, data: &Value, options: &Options, functions: &Functions) -> String {
    match Template::parse("t", text, functions) {
        Err(error) => format!("PARSE {error}"),
        Ok(template) => template.execute(data, options).unwrap_or_else(|error| format!("EXEC {error}")),
    }
}

/// Each text renders, or fails, as said.
fn check(cases: &[(&str, &str)]) {
    for (text, want) in cases {
        assert_eq!(render(text, &data(), &Options::default()), *want, "{text}");
    }
}

fn data() -> Value {
    let any = Map::new();
    any.insert("nil", Value::Nil);
    any.insert("list", Value::list(vec![Value::Int(1), Value::Nil, Value::from("x")]));
    any.insert("labels", Value::string_map([("a", "1"), ("b", "2")]));
    any.insert(
        "twice",
        Function::new(&[Type::Int], |args| match args {
            [Value::Int(i)] => Ok(Value::Int(i * 2)),
            _ => Err("no int".into()),
        }),
    );
    Value::Map(any)
}

#[test]
fn prints_as_go() {
    let cases = [
        (
            r#"{{printf "%v %+v %#v %T" .list .list .list .list}}"#,
            r#"[1 <nil> x] [1 <nil> x] []interface {}{1, interface {}(nil), "x"} []interface {}"#,
        ),
        (
            r#"{{printf "%#v %T" .labels .labels}}"#,
            r#"map[string]string{"a":"1", "b":"2"} map[string]string"#,
        ),
        (r#"{{printf "%d" .list}}"#, "[1 <nil> %!d(string=x)]"),
        (r#"{{printf "%5t|%-7t|" true false}}"#, " true|false  |"),
        (r#"{{printf "%08.3f|%+.2e|%-10.1f|" 3.14159 12345.678 2.25}}"#, "0003.142|+1.23e+04|2.2       |"),
        (
            r#"{{printf "%6d|%-6d|%06d|%+d|% d|%x|%#x|%o|%#o" 42 42 -42 42 42 255 255 8 8}}"#,
            "    42|42    |-00042|+42| 42|ff|0xff|10|010",
        ),
        (r#"{{printf "%.3d|%8.3d|%.0d|" 7 7 0}}"#, "007|     007||"),
        (r#"{{printf "%q %+q %#q %x % X" "é\n" "é" "raw" "hi" "hi"}}"#, r#""é\n" "\u00e9" `raw` 6869 68 69"#),
        (r#"{{printf "%.2s|%5.1s|%-5s|" "héllo" "héllo" "é"}}"#, "hé|    h|é    |"),
        (r#"{{printf "%[2]d %[1]d %d" 1 2}}"#, "2 1 2"),
        (r#"{{printf "%*d|%-*d|%.*f" 5 1 3 2 2 3.14159}}"#, "    1|2  |3.14"),
        (r#"{{printf "%!|%z|%" 1}}"#, "%!!(int=1)|%!z(MISSING)|%!(NOVERB)"),
        (r#"{{printf "%[5]d|%[x]d" 1}}"#, "%!d(BADINDEX)|%!d(BADINDEX)"),
        (r#"{{printf "%g %g %g %G" 100000.0 1000000.0 1e-5 1e-7}}"#, "100000 1e+06 1e-05 1E-07"),
        (r#"{{printf "%.3g %.10g %g" 1234.5678 1234.5678 0.1}}"#, "1.23e+03 1234.5678 0.1"),
        (r#"{{printf "%6.2f%%" 12.3456}}"#, " 12.35%"),
        (r#"{{printf "%U %#U %c %q" 9731 9731 9731 9731}}"#, "U+2603 U+2603 '☃' ☃ '☃'"),
        (r#"{{printf "%s %d" .nil .nil}}"#, "%!s(<nil>) %!d(<nil>)"),
        (r#"{{printf "%t" 1}}"#, "%!t(int=1)"),
        (r#"{{print nil "a" nil}}"#, "<nil>a<nil>"),
        ("{{println 1 \"a\" true}}", "1 a true\n"),
        ("{{.list}} {{.labels}}", "[1 <nil> x] map[a:1 b:2]"),
    ];
    check(&cases);
}

#[test]
fn fails_in_parsing_as_go() {
    let cases = [
        ("{{", "PARSE template: t:1: unclosed action"),
        ("a\n{{/* x", "PARSE template: t:2: unclosed comment"),
        ("{{/* x */ 1}}", "PARSE template: t:1: comment ends before closing delimiter"),
        ("{{\"abc}}", "PARSE template: t:1: unterminated quoted string"),
        ("{{`abc}}", "PARSE template: t:1: unterminated raw quoted string"),
        ("{{(1}}", "PARSE template: t:1: unclosed left paren"),
        ("{{1)}}", "PARSE template: t:1: unexpected right paren"),
        ("{{end}}", "PARSE template: t:1: unexpected {{end}}"),
        ("{{if 1}}{{else}}{{else}}{{end}}", "PARSE template: t:1: expected end; found {{else}}"),
        ("{{$x}}", "PARSE template: t:1: undefined variable \"$x\""),
        ("{{1 | 2}}", "PARSE template: t:1: non executable command in pipeline stage 2"),
        ("{{nil.x}}", "PARSE template: t:1: unexpected . after term \"nil\""),
        ("{{.x=1}}", "PARSE template: t:1: bad character U+003D '='"),
        ("{{template .x}}", "PARSE template: t:1: unexpected \".x\" in template clause"),
        ("{{99999999999999999999}}", "PARSE template: t:1: integer overflow: \"99999999999999999999\""),
        ("{{\n\n}}", "PARSE template: t:3: missing value for command"),
        ("{{define \"a\"}}{{end}}{{define}}", "PARSE template: t:1: unexpected \"}}\" in define clause"),
        (
            "{{if 1}}\n{{$a := 1}}{{$b, $c := 1}}{{end}}",
            "PARSE template: t:2: too many declarations in command",
        ),
    ];
    check(&cases);
}

#[test]
fn fails_in_execution_as_go() {
    let cases = [
        ("{{nil}}", "EXEC template: t:1:2: executing \"t\" at <nil>: nil is not a command"),
        ("{{1 2}}", "EXEC template: t:1:2: executing \"t\" at <1>: can't give argument to non-function 1"),
        (
            "a\n  {{.labels.a 1}}",
            "EXEC template: t:2:11: executing \"t\" at <.labels.a>: a is not a method but has arguments",
        ),
        ("{{printf 1}}", "EXEC template: t:1:9: executing \"t\" at <1>: expected string; found 1"),
        (
            "{{printf .nil}}",
            "EXEC template: t:1:9: executing \"t\" at <.nil>: wrong type for value; expected string; got interface {}",
        ),
        (
            "{{printf .list}}",
            "EXEC template: t:1:9: executing \"t\" at <.list>: wrong type for value; expected string; got []interface {}",
        ),
        (
            "{{not}}",
            "EXEC template: t:1:2: executing \"t\" at <not>: wrong number of args for not: want 1 got 0",
        ),
        (
            "{{range 1.5}}{{end}}",
            "EXEC template: t:1:8: executing \"t\" at <1.5>: range can't iterate over 1.5",
        ),
        (
            "{{range $i, $x := 3}}{{end}}",
            "EXEC template: t:1:18: executing \"t\" at <3>: can't use 3 to iterate over more than one variable",
        ),
        (
            "{{index .list 3}}",
            "EXEC template: t:1:2: executing \"t\" at <index .list 3>: error calling index: reflect: slice index out of range",
        ),
        (
            "{{slice .list 2 1}}",
            "EXEC template: t:1:2: executing \"t\" at <slice .list 2 1>: error calling slice: invalid slice index: 2 > 1",
        ),
        (
            "{{call .twice}}",
            "EXEC template: t:1:2: executing \"t\" at <call .twice>: error calling call: wrong number of args for .twice: got 0 want 1",
        ),
        (
            "{{.twice}}",
            "EXEC template: t:1:2: executing \"t\" at <{{.twice}}>: can't print {{.twice}} of type func(int) interface {}",
        ),
        (
            "{{define \"d\"}}{{template \"d\"}}{{end}}{{template \"d\"}}",
            "EXEC template: t:1:25: executing \"d\" at <{{template \"d\"}}>: exceeded maximum template depth (1000)",
        ),
    ];
    check(&cases);
}

#[test]
fn runs_as_go() {
    let cases = [
        ("{{range .list}}[{{.}}]{{end}}", "[1][<no value>][x]"),
        ("{{range $k, $v := .labels}}{{$k}}{{$v}}{{else}}none{{end}}", "a1b2"),
        ("{{range 5}}{{if eq . 1}}{{continue}}{{end}}{{if eq . 3}}{{break}}{{end}}{{.}}{{end}}!", "02!"),
        ("{{range 2}}{{range 3}}{{if .}}{{break}}{{end}}x{{end}}{{.}}{{end}}", "x0x1"),
        ("{{with $x := .labels}}{{$x.a}}{{.b}}{{end}}", "12"),
        (
            "{{if false}}{{else if nil | not}}y{{end}}",
            "EXEC template: t:1:22: executing \"t\" at <nil>: nil is not a command",
        ),
        ("{{call .twice 21}}", "42"),
        ("{{.labels.zz}}|{{.zz}}|{{.zz.y}}", "<no value>|<no value>|<no value>"),
        ("{{define \"x\"}}{{$}}{{end}}{{with 3}}{{template \"x\" .}}{{end}}", "3"),
        ("{{- /* c */ -}} a {{- `b` -}}  c", "abc"),
        ("{{ \"\\u00e9\\x41\\101\" }}", "éAA"),
        ("{{and 1 0 2}} {{or 0 \"\" 3}} {{1 | and 2}} {{not 0}}", "0 3 1 true"),
        ("{{1 | printf \"%d-%d\" 2}}", "2-1"),
        ("{{len (slice .list 1)}} {{len \"é\"}}", "2 2"),
        ("{{lt 1.5 2.5}} {{le \"a\" \"a\"}} {{gt 2 1}} {{ne .nil 1}}", "true true true true"),
        (
            "{{html .nil}} {{urlquery 1 \"a\"}} {{js \"<'é\\u2028\"}}",
            "&lt;no value&gt; 1a \\u003C\\'é\\u2028",
        ),
        ("{{$x := 1}}{{with 2}}{{$x = .}}{{end}}{{$x}}", "2"),
        ("{{block \"b\" 7}}{{.}}{{end}}{{template \"b\"}}", "7<no value>"),
        ("{{break}}", "PARSE template: t:1: {{break}} outside {{range}}"),
        ("{{1.}} {{.5}} {{+3}} {{-0x10}} {{0x1p4}} {{'\\n'}}", "1 0.5 3 -16 16 10"),
        ("{{1_0.5}} {{0b_11}} {{017}}", "10.5 3 15"),
    ];
    check(&cases);
}

#[test]
fn missing_keys_follow_the_option() {
    let text = "{{.labels.zz}}|{{.zz}}";
    let options = |missing_key| Options { missing_key, ..Options::default() };
    assert_eq!(render(text, &data(), &options(MissingKey::Zero)), "|<no value>");
    assert_eq!(
        render(text, &data(), &options(MissingKey::Error)),
        "EXEC template: t:1:9: executing \"t\" at <.labels.zz>: map has no entry for key \"zz\""
    );
}

#[test]
fn templates_are_added_and_called_from_functions() {
    let inner = Template::parse("inner", "<{{.}}>", &Functions::new()).unwrap();
    let mut functions = Functions::new();
    functions.insert(
        "include",
        Function::with_context(&[Type::Any], None, move |context, args| context.execute(&inner, &args[0])),
    );
    let mut template =
        Template::parse("t", "{{define \"a\"}}1{{end}}{{template \"a\"}}{{include 5}}", &functions).unwrap();
    assert_eq!(template.execute(&Value::Nil, &Options::default()).unwrap(), "1<5>");
    template.add("more", "{{define \"a\"}}2{{end}}").unwrap();
    assert_eq!(template.execute(&Value::Nil, &Options::default()).unwrap(), "2<5>");
    assert_eq!(template.lookup("a").unwrap().execute(&Value::Nil, &Options::default()).unwrap(), "2");
    assert!(template.lookup("b").is_none());
    let bare = template.with_functions(Functions::new());
    let error = bare.execute(&Value::Nil, &Options::default()).unwrap_err().to_string();
    assert_eq!(
        error,
        "template: t:1:40: executing \"t\" at <include>: \"include\" is not a defined function"
    );
}

#[test]
fn bounds_hold() {
    let tight = Options { max_output: 1_000, max_steps: 10_000, ..Options::default() };
    let text = |text: &str| render(text, &data(), &tight);
    assert!(text("{{range 1000000000}}{{end}}").ends_with("execution takes more than 10000 steps"));
    assert!(text("{{range 2000}}x{{end}}").ends_with("output is longer than 1000 bytes"));
    assert!(text("{{$s := `x`}}{{range 60}}{{$s = print $s $s}}{{end}}").contains("output is longer than"));
    assert!(text("{{printf `%999999d` 1}}").contains("output is longer than"));
    let parens = format!("{}1{}", "{{".to_owned() + &"(".repeat(100_000), ")".repeat(100_000) + "}}");
    assert!(text(&parens).contains("nesting is deeper than"));
    assert!(text(&"{{if 1}}".repeat(100_000)).contains("nesting is deeper than"));
    let blocks = "{{range 1}}{{with 1}}".repeat(95) + &"{{end}}{{end}}".repeat(95);
    assert_eq!(text(&blocks), "");
    let parens = format!("{{{{{}1{}}}}}", "(".repeat(190), ")".repeat(190));
    assert_eq!(text(&parens), "1");
}

#[test]
fn endless_reentry_is_stopped() {
    let slot: std::sync::Arc<std::sync::OnceLock<Template>> = std::sync::Arc::default();
    let of = std::sync::Arc::clone(&slot);
    let mut functions = Functions::new();
    functions.insert(
        "again",
        Function::with_context(&[], None, move |context, _| {
            context.execute(of.get().ok_or("not there")?, &Value::Nil)
        }),
    );
    let template = Template::parse("t", "{{((again))}}", &functions).unwrap();
    slot.set(template.clone()).unwrap();
    let error = template.execute(&Value::Nil, &Options::default()).unwrap_err().to_string();
    assert!(error.contains("nested too deeply"), "{error}");
}

#[test]
fn deep_values_are_dropped_and_printed_without_recursion() {
    let mut deep = Value::Nil;
    for _ in 0..200_000 {
        deep = Value::list(vec![deep]);
    }
    assert!(render("{{.}}", &deep, &Options::default()).contains("nested too deeply"));
    let ring = Map::new();
    ring.insert("self", Value::Map(ring.clone()));
    assert!(render("{{.}}", &Value::Map(ring.clone()), &Options::default()).contains("nested too deeply"));
    ring.remove(b"self");
    assert_eq!(List::typed(vec![], Elem::String).len(), 0);
}

/// A small generator of pseudo-random numbers: the same inputs in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % n.max(1) as u64).unwrap()
    }
}

const PIECES: &[&str] = &[
    "{{",
    "}}",
    "{{-",
    "-}}",
    " ",
    "\n",
    "if",
    "else",
    "end",
    "range",
    "with",
    "define",
    "template",
    "block",
    "break",
    "continue",
    "nil",
    "true",
    ".",
    "$",
    "$x",
    ":=",
    "=",
    ",",
    "|",
    "(",
    ")",
    "\"",
    "`",
    "'",
    "\\",
    "é",
    "\u{2028}",
    ".list",
    ".labels",
    ".a",
    "1",
    "-1",
    "1e400",
    "0x",
    "1i",
    "_",
    "printf",
    "\"%v%[2]*.*d%!\"",
    "index",
    "slice",
    "len",
    "eq",
    "lt",
    "and",
    "or",
    "call",
    ".twice",
    "print",
    "html",
    "/*",
    "*/",
    "%999999999d",
    "99999999999999999999",
];

const SEEDS: &[&str] = &[
    "{{range $i, $x := .list}}{{if $i}}, {{end}}{{$x}}{{else}}none{{end}}",
    "{{define \"a\"}}{{.}}{{end}}{{with .labels}}{{template \"a\" .a}}{{end}}",
    "{{printf \"%5.2f|%-8q|%+v|%#x\" 1.5 \"x\" .list 255 | len}}",
    "{{$y := index .labels \"a\"}}{{slice $y 0 1}}{{call .twice 2}}{{ (.labels).b }}",
];

/// A place in the text where it can be cut.
fn cut(random: &mut Random, text: &str) -> usize {
    text.floor_char_boundary(random.below(text.len() + 1))
}

/// Something is put in, taken out or doubled.
fn mutate(random: &mut Random, text: &mut String) {
    let (a, b) = (cut(random, text), cut(random, text));
    match random.below(3) {
        0 => text.insert_str(a, PIECES[random.below(PIECES.len())]),
        1 => text.replace_range(a.min(b)..a.max(b), ""),
        _ => {
            let piece = text[a.min(b)..a.max(b)].to_owned();
            text.insert_str(a, &piece);
        }
    }
    text.truncate(text.floor_char_boundary(400));
}

#[test]
fn no_mutation_panics() {
    let options = Options { max_output: 1 << 16, max_steps: 5_000, ..Options::default() };
    let data = data();
    let mut random = Random(7);
    for round in 0..40_000 {
        let mut text = SEEDS[round % SEEDS.len()].to_owned();
        for _ in 0..=random.below(6) {
            mutate(&mut random, &mut text);
        }
        let _ = render(&text, &data, &options);
    }
}
