use super::*;
use crate::labels::Labels;
use crate::metadata::{Metadata, MetricType};
use crate::time::Timestamp;

/// Every entry as one line of text; the error, if any, last.
fn dump(body: &[u8], format: Format) -> Vec<String> {
    let mut parser = Parser::new(body, format);
    let (mut lines, mut pairs) = (Vec::new(), Vec::new());
    loop {
        match parser.next_entry() {
            Ok(None) => return lines,
            Err(error) => {
                lines.push(format!("error {error}"));
                return lines;
            }
            Ok(Some(Entry::Type(family, kind))) => lines.push(format!("type {family} {}", kind.as_str())),
            Ok(Some(Entry::Help(family, help))) => lines.push(format!("help {family} {help:?}")),
            Ok(Some(Entry::Unit(family, unit))) => lines.push(format!("unit {family} {unit}")),
            Ok(Some(Entry::Series(series))) => {
                if let Err(error) = series.labels(&mut pairs) {
                    lines.push(format!("error {error}"));
                    return lines;
                }
                lines.push(sample_line(&series, &pairs));
            }
        }
    }
}

fn sample_line(series: &Series<'_>, pairs: &LabelPairs<'_>) -> String {
    let labels = Labels::from_pairs(pairs.iter().map(|(name, value)| (&**name, &**value)));
    let mut line = format!("{labels} {:?}", series.tail.value);
    if let Some(Timestamp(ms)) = series.tail.timestamp {
        line.push_str(&format!(" at {ms}"));
    }
    if let Some(exemplar) = &series.tail.exemplar {
        let mut pairs = Vec::new();
        exemplar.labels(&mut pairs).expect("scanned before");
        let labels = Labels::from_pairs(pairs.iter().map(|(name, value)| (&**name, &**value)));
        let at = exemplar.timestamp.map_or(String::new(), |ts| format!(" at {}", ts.0));
        line.push_str(&format!(" exemplar {labels} {:?}{at}", exemplar.value));
    }
    line
}

#[test]
fn reads_text() {
    let rows: [(&str, &[&str]); 21] = [
        ("", &[]),
        ("\n \n\t\n", &[]),
        ("up 1", &[r#"{__name__="up"} 1.0"#]),
        ("  up\t 1 \t 1395066363000 \n", &[r#"{__name__="up"} 1.0 at 1395066363000"#]),
        ("a:b{} +Inf\n", &[r#"{__name__="a:b"} inf"#]),
        ("a{b=\"c\",} -1.5e3\n", &[r#"{__name__="a", b="c"} -1500.0"#]),
        ("a { b = \"c\" , d = \"\" }1\n", &[r#"{__name__="a", b="c"} 1.0"#]),
        ("a{b=\"c\" d=\"e\"} NaN\n", &[r#"{__name__="a", b="c", d="e"} NaN"#]),
        (r#"a{b="x\\y\"z\n\q"} .5"#, &[r#"{__name__="a", b="x\\y\"z\n\\q"} 0.5"#]),
        ("{\"a.b\",\"l m\"=\"v\"} 1\n", &[r#"{__name__="a.b", "l m"="v"} 1.0"#]),
        ("{l=\"v\",\"a.b\"} 1\n", &[r#"{__name__="a.b", l="v"} 1.0"#]),
        ("a{b=\"x\ny\"} 1\n", &[r#"{__name__="a", b="x\ny"} 1.0"#]),
        ("# HELP a one \\n two\\\\ \\\"\n", &[r#"help a "one \n two\\ \\\"""#]),
        ("# HELP a\n# HELP b  x\n", &[r#"help a """#, r#"help b " x""#]),
        ("# HELP \"a b\" x\n# HELP \"c\nd\" y\n", &[r#"help a b "x""#, "help c\nd \"y\""]),
        ("#\n# a comment\n#HELP no help\n# HELPLESS\n# EOF\n", &[]),
        ("# TYPE a untyped\na 1\n", &["type a unknown", r#"{__name__="a"} 1.0"#]),
        (
            "# TYPE a histogram\na_bucket{le=\"1\"} 1\na_bucket{le=\"1048576\"} 2\na_bucket{le=\"+Inf\"} 2\n",
            &[
                "type a histogram",
                r#"{__name__="a_bucket", le="1.0"} 1.0"#,
                r#"{__name__="a_bucket", le="1.048576e+06"} 2.0"#,
                r#"{__name__="a_bucket", le="+Inf"} 2.0"#,
            ],
        ),
        (
            "# TYPE a summary\na{quantile=\"0.50\",le=\"1\"} 1\n# TYPE b gauge\nb{quantile=\"1\"} 1\n",
            &[
                "type a summary",
                r#"{__name__="a", le="1", quantile="0.5"} 1.0"#,
                "type b gauge",
                r#"{__name__="b", quantile="1"} 1.0"#,
            ],
        ),
        (
            "a{b=\"é\u{1F600}\"} 12345678901234567890\n",
            &["{__name__=\"a\", b=\"é\u{1F600}\"} 1.2345678901234567e19"],
        ),
        ("a 0x1p4\n", &["error line 1, column 3: expected a value (a float), found \"0x1p4\""]),
    ];
    for (body, expected) in rows {
        assert_eq!(dump(body.as_bytes(), Format::Text), expected, "{body:?}");
    }
}

#[test]
fn refuses_bad_text_and_says_where() {
    let rows: [(&[u8], &str); 29] = [
        (b"a", "line 1, column 2: expected a value (a float), found the end of the body"),
        (b"a\n", "line 1, column 2: expected a value (a float), found the end of the line"),
        (b"a 1\nb x\n", "line 2, column 3: expected a value (a float), found \"x\""),
        (b"a{b=\"\xc3\xa9\"} x\n", "line 1, column 10: expected a value (a float), found \"x\""),
        (b"7up 1\n", "line 1, column 1: expected a metric name, found \"7up\""),
        (b"a-b 1\n", "line 1, column 2: expected a value (a float), found \"-b\""),
        (b"a 1 2 3\n", "line 1, column 7: expected the end of the line, found \"3\""),
        (
            b"a 1 -2\n",
            "line 1, column 5: expected a timestamp in milliseconds or the end of the line, found \"-2\"",
        ),
        (b"a 1 99999999999999999999\n", "line 1, column 5: the timestamp is out of range"),
        (b"a 1_0\n", "line 1, column 3: expected a value (a float), found \"1_0\""),
        (b"a 1e400\n", "line 1, column 3: expected a value (a float), found \"1e400\""),
        (b"a -nan\n", "line 1, column 3: expected a value (a float), found \"-nan\""),
        (b"a{ 1\n", "line 1, column 4: expected a label name or \"}\", found \"1\""),
        (b"a{b} 1\n", "line 1, column 4: expected \"=\" after the label name, found \"}\""),
        (b"a{b=c} 1\n", "line 1, column 5: expected a label value in double quotes, found \"c\""),
        (b"a{b=\"c} 1\n", "line 1, column 5: the quote is not closed"),
        (b"a{b=\"c\\", "line 1, column 5: the quote is not closed"),
        (b"a{b=\"c\"\n} 1\n", "line 1, column 8: expected a label name or \"}\", found the end of the line"),
        (b"a{,} 1\n", "line 1, column 3: expected a label name or \"}\", found \",\""),
        (b"a{b=\"c\",b=\"d\"} 1\n", "line 1, column 9: label name \"b\" is not unique"),
        (b"a{__name__=\"b\"} 1\n", "line 1, column 3: label name \"__name__\" is not unique"),
        (b"{b=\"c\"} 1\n", "line 1, column 7: the series has no metric name"),
        (b"{\"\"} 1\n", "line 1, column 2: the metric name is empty"),
        (b"{\"a\",\"b\"} 1\n", "line 1, column 6: a second metric name in the same series"),
        (b"a{b=\"\xff\"} 1\n", "line 1, column 6: invalid UTF-8 in a name or label value"),
        (b"# HELP a \xff\n", "line 1, column 10: invalid UTF-8 in a help text"),
        (b"# TYPE a info\n", "line 1, column 10: expected a metric type, found \"info\""),
        (b"# TYPE a\n", "line 1, column 9: expected a metric type, found the end of the line"),
        (b"a 1\n\0b 1\n", "line 2, column 1: expected a metric name, found \"\\x00b\""),
    ];
    for (body, expected) in rows {
        let found = dump(body, Format::Text);
        let shown = String::from_utf8_lossy(body);
        assert_eq!(found.last().map(String::as_str), Some(format!("error {expected}").as_str()), "{shown:?}");
    }
}

#[test]
fn reads_openmetrics() {
    let body = r#"# HELP go_gc duration\nof "GC"
# TYPE go_gc_seconds summary
# UNIT go_gc_seconds seconds
go_gc_seconds{quantile="0"} 4.9e-05
# TYPE ss stateset
ss{A="a"} 0
# TYPE foo counter
foo_total 17.0 1520879607.789 # {id="counter-test"} 5
foo_total{a="b"} 17 # {id="x",trace="\"y"} 9.8 1520879607.7899
foo_created 1520872607.123
{"a.b","c d"="e"} -Inf
# EOF"#;
    let expected = [
        "help go_gc \"duration\\nof \\\"GC\\\"\"",
        "type go_gc_seconds summary",
        "unit go_gc_seconds seconds",
        r#"{__name__="go_gc_seconds", quantile="0.0"} 4.9e-5"#,
        "type ss stateset",
        r#"{A="a", __name__="ss"} 0.0"#,
        "type foo counter",
        r#"{__name__="foo_total"} 17.0 at 1520879607789 exemplar {id="counter-test"} 5.0"#,
        r#"{__name__="foo_total", a="b"} 17.0 exemplar {id="x", trace="\"y"} 9.8 at 1520879607789"#,
        r#"{__name__="foo_created"} 1520872607.123"#,
        r#"{__name__="a.b", "c d"="e"} -inf"#,
    ];
    assert_eq!(dump(body.as_bytes(), Format::OpenMetrics), expected);
    assert_eq!(dump(format!("{body}\n").as_bytes(), Format::OpenMetrics), expected);
}

#[test]
fn refuses_bad_openmetrics() {
    let rows: [(&str, &str); 21] = [
        ("", "line 1, column 1: data does not end with # EOF"),
        ("a 1\n", "line 2, column 1: data does not end with # EOF"),
        ("a 1", "line 1, column 4: data does not end with # EOF"),
        ("# EOF\n\n", "line 2, column 1: unexpected data after # EOF"),
        (
            "# EOFx\n",
            "line 1, column 1: expected \"# HELP \", \"# TYPE \", \"# UNIT \" or \"# EOF\", found \"#\"",
        ),
        ("\n# EOF\n", "line 1, column 1: expected a metric name, found the end of the line"),
        ("a 1 \n# EOF\n", "line 1, column 4: expected a timestamp, found \" \""),
        ("a  1\n# EOF\n", "line 1, column 2: expected a blank and a value, found \" \""),
        ("a\t1\n# EOF\n", "line 1, column 2: expected a blank and a value, found \"\\t1\""),
        ("a{b=\"c\" ,d=\"e\"} 1\n# EOF\n", "line 1, column 8: expected \",\" or \"}\", found \" \""),
        ("a{b=\"c\nd\"} 1\n# EOF\n", "line 1, column 5: the quote is not closed"),
        ("a 1 NaN\n# EOF\n", "line 1, column 5: expected a timestamp in seconds, found \"NaN\""),
        (
            "a 1 # {b=\"c\"}\n# EOF\n",
            "line 1, column 14: expected a blank and the exemplar's value, found the end of the line",
        ),
        ("a 1 # {\"b\"} 1\n# EOF\n", "line 1, column 11: expected \"=\" after the label name, found \"}\""),
        ("a 1 # {b=\"c\"} 1 1 1\n# EOF\n", "line 1, column 18: expected the end of the line, found \" 1\""),
        (
            "# comment\n# EOF\n",
            "line 1, column 1: expected \"# HELP \", \"# TYPE \", \"# UNIT \" or \"# EOF\", found \"#\"",
        ),
        ("# TYPE a untyped\n# EOF\n", "line 1, column 10: expected a metric type, found \"untyped\""),
        (
            "# HELP a\n# EOF\n",
            "line 1, column 9: expected a blank and text after the metric name, found the end of the line",
        ),
        (
            "# UNIT a_bytes seconds\n# EOF\n",
            "line 1, column 16: unit \"seconds\" is not a suffix of metric \"a_bytes\"",
        ),
        ("# HELP a # EOF\n", "line 2, column 1: data does not end with # EOF"),
        ("# TYPE a counter", "line 1, column 17: data does not end with # EOF"),
    ];
    for (body, expected) in rows {
        let found = dump(body.as_bytes(), Format::OpenMetrics);
        assert_eq!(found.last().map(String::as_str), Some(format!("error {expected}").as_str()), "{body:?}");
    }
}

#[test]
fn tails_can_be_read_alone() {
    let body = b"# TYPE a counter\na{b=\"c\"} 1\na{b=\"c\"} 2\n";
    let mut parser = Parser::new(body, Format::Text);
    parser.next_entry().expect("the type");
    let Ok(Some(Entry::Series(series))) = parser.next_entry() else { panic!("a series") };
    assert_eq!((series.text(), series.span()), (&b"a{b=\"c\"}"[..], (17, 25)));
    assert_eq!((series.kind(), parser.position()), (MetricType::Counter, 28));
    let tail = parser.tail_at(parser.position() + 8).expect("a tail");
    assert_eq!((tail.value, tail.end), (2.0, body.len()));
    parser.skip_to(tail.end, None);
    assert!(parser.next_entry().expect("the end").is_none());
}

#[test]
fn negotiates_as_prometheus_does() {
    assert_eq!(
        accept_header(&ScrapeProtocol::DEFAULT, "allow-utf-8"),
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
         application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
         text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
    );
    let fallback = Some(ScrapeProtocol::PrometheusText0_0_4);
    let rows: [(&str, Option<ScrapeProtocol>, Result<Format, &str>); 12] = [
        ("text/plain; version=0.0.4; charset=utf-8; escaping=allow-utf-8", None, Ok(Format::Text)),
        ("text/plain", None, Ok(Format::Text)),
        ("Application/OpenMetrics-Text;version=\"1.0.0\" ;", None, Ok(Format::OpenMetrics)),
        (
            "",
            None,
            Err(
                "non-compliant scrape target sending blank Content-Type and no fallback_scrape_protocol specified for target",
            ),
        ),
        ("", fallback, Ok(Format::Text)),
        ("", Some(ScrapeProtocol::OpenMetricsText1_0_0), Ok(Format::OpenMetrics)),
        (
            "text/html",
            None,
            Err(
                "received unsupported Content-Type \"text/html\" and no fallback_scrape_protocol specified for target",
            ),
        ),
        ("text/html", fallback, Ok(Format::Text)),
        (
            "text/plain; charset",
            None,
            Err(
                "cannot parse Content-Type \"text/plain; charset\" and no fallback_scrape_protocol for target",
            ),
        ),
        ("text/plain; charset=\"x", fallback, Ok(Format::Text)),
        (
            "application/vnd.google.protobuf",
            fallback,
            Err(
                "received protobuf exposition (Content-Type \"application/vnd.google.protobuf\"), which is not supported: only text formats are",
            ),
        ),
        (
            "/",
            Some(ScrapeProtocol::PrometheusProto),
            Err("cannot parse Content-Type \"/\" and no fallback_scrape_protocol for target"),
        ),
    ];
    for (content_type, fallback, expected) in rows {
        let found = Format::from_content_type(content_type, fallback).map_err(|error| error.to_string());
        assert_eq!(found, expected.map_err(str::to_owned), "{content_type}");
    }
    for (protocol, name, _) in ScrapeProtocol::ALL {
        assert_eq!((ScrapeProtocol::from_name(name), protocol.as_str()), (Some(protocol), name));
    }
}

#[test]
fn writes_what_it_reads() {
    let labels = Labels::from_pairs([("__name__", "a_total"), ("b", "x\\y\"z\n"), ("c.d", "e")]);
    let counter = Metadata { kind: MetricType::Counter, help: "Say \"a\\b\".\n".into(), unit: String::new() };
    let write = |format, names| {
        let mut out = String::new();
        let mut writer = Writer::new(&mut out, format, names);
        writer.family("a", &counter);
        writer.sample(&labels, 1_048_576.0, Some(Timestamp(1_520_879_607_789)));
        writer.family("e.f", &Metadata { kind: MetricType::Info, ..Metadata::default() });
        writer.sample(&Labels::from_pairs([("__name__", "e.f")]), f64::NEG_INFINITY, None);
        writer.finish();
        out
    };
    assert_eq!(
        write(Format::Text, NameForm::Quoted),
        "# HELP a Say \"a\\\\b\".\\n\n# TYPE a counter\n\
         a_total{b=\"x\\\\y\\\"z\\n\",\"c.d\"=\"e\"} 1.048576e+06 1520879607789\n# TYPE \"e.f\" gauge\n{\"e.f\"} -Inf\n"
    );
    assert_eq!(
        write(Format::OpenMetrics, NameForm::Underscores),
        "# HELP a Say \\\"a\\\\b\\\".\\n\n# TYPE a counter\n\
         a_total{b=\"x\\\\y\\\"z\\n\",c_d=\"e\"} 1.048576e+06 1520879607.789\n# TYPE e_f info\ne_f -Inf\n# EOF\n"
    );
    for format in [Format::Text, Format::OpenMetrics] {
        let lines = dump(write(format, NameForm::Quoted).as_bytes(), format);
        assert_eq!(lines[2], format!("{labels} 1048576.0 at 1520879607789"));
    }
}

#[test]
fn no_prefix_of_a_body_panics() {
    let body = b"# HELP a b\\n\n# TYPE \"x y\" histogram\na{b=\"c\\\"\",\"d\"=\"e\",} 1e5 12 # {a=\"b\"} 1 2\n{\"q\"} 1\n# EOF\n";
    for format in [Format::Text, Format::OpenMetrics] {
        for end in 0..=body.len() {
            for start in 0..end {
                dump(&body[start..end], format);
            }
        }
        for at in 0..body.len() {
            for byte in [0u8, b'"', b'\\', b'\n', b' ', b'{', 0xff] {
                let mut mutated = body.to_vec();
                mutated[at] = byte;
                dump(&mutated, format);
            }
        }
    }
}
