//! Script text to commands.

use model::{Duration, Labels, Timestamp};
use regex::Regex;

use crate::lexer::{parse_number, unquote};
use crate::parser::{SequenceValue, parse_series_description};

/// A command and the line it begins at, counted from 1.
pub(super) struct Command {
    pub(super) line: usize,
    pub(super) kind: Result<CommandKind, Invalid>,
}

pub(super) enum CommandKind {
    Clear,
    Load(Load),
    Eval(Box<Case>),
}

/// A command that cannot be read.
pub(super) struct Invalid {
    /// The command's first line.
    pub(super) command: String,
    pub(super) why: String,
}

/// Series to store, a sample per step from time 0 on.
pub(super) struct Load {
    pub(super) step: Duration,
    /// Classic histograms among the series become native ones too.
    pub(super) with_native: bool,
    pub(super) series: Vec<LoadSeries>,
}

pub(super) struct LoadSeries {
    pub(super) labels: Labels,
    pub(super) values: Vec<SequenceValue>,
    /// The samples have start timestamps.
    pub(super) start_times: bool,
}

/// An expression and what it should give.
pub(super) struct Case {
    pub(super) expr: String,
    pub(super) when: When,
    pub(super) fail: bool,
    pub(super) ordered: bool,
    /// `eval_warn`, `eval_info`: some annotation must be there.
    pub(super) any_warning: bool,
    pub(super) any_info: bool,
    pub(super) expectations: Vec<Expectation>,
    pub(super) expected: Expected,
    /// An instant case that gives a range vector or a string is not asked as a range.
    pub(super) never_as_range: bool,
}

/// When a case is evaluated, and the points of an expected range vector.
#[derive(Clone, Copy)]
pub(super) enum When {
    Instant { at: Timestamp },
    Range { start: Timestamp, end: Timestamp, step: Duration },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ExpectationKind {
    Ordered,
    Fail,
    Warn,
    NoWarn,
    Info,
    NoInfo,
}

pub(super) struct Expectation {
    pub(super) kind: ExpectationKind,
    pub(super) pattern: TextPattern,
}

/// What a message must be.
pub(super) enum TextPattern {
    Any,
    Exactly(String),
    Matching(Box<Regex>),
}

/// The result that a case should have.
#[derive(Default)]
pub(super) struct Expected {
    pub(super) scalar: Option<SequenceValue>,
    pub(super) text: String,
    pub(super) series: Vec<ExpectedSeries>,
    /// Points of a range vector that an instant query gives.
    pub(super) points: Option<(Timestamp, Timestamp, Duration)>,
}

pub(super) struct ExpectedSeries {
    pub(super) labels: Labels,
    /// Counted from 1 among the expected series.
    pub(super) position: usize,
    pub(super) values: Vec<SequenceValue>,
}

/// The commands of a script.
pub(super) fn parse(text: &str) -> Vec<Command> {
    let lines: Vec<&str> = text.split('\n').map(without_comment).collect();
    let mut commands = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        if line.is_empty() {
            at += 1;
            continue;
        }
        let word = line.split([' ', '\t']).next().unwrap_or("").to_lowercase();
        let single = word == "clear";
        let length = lines[at..].iter().position(|line| line.is_empty()).unwrap_or(lines.len() - at);
        let length = if single { 1 } else { length };
        let body = &lines[at + 1..at + length];
        let kind = match word.as_str() {
            "clear" => Ok(CommandKind::Clear),
            word if word.starts_with("load") => load(line, body).map(CommandKind::Load),
            word if word.starts_with("eval") => {
                eval(line, body).map(|case| CommandKind::Eval(Box::new(case)))
            }
            _ => Err("no command: expected clear, load or eval".to_owned()),
        };
        let kind = kind.map_err(|why| Invalid { command: (*line).to_owned(), why });
        commands.push(Command { line: at + 1, kind });
        at += length;
    }
    commands
}

// === impl TextPattern ===

impl TextPattern {
    pub(super) fn matches(&self, text: &str) -> bool {
        match self {
            TextPattern::Any => true,
            TextPattern::Exactly(expected) => expected == text,
            TextPattern::Matching(regex) => regex.is_match(text),
        }
    }

    pub(super) fn describe(&self) -> String {
        match self {
            TextPattern::Any => "anything".to_owned(),
            TextPattern::Exactly(expected) => expected.clone(),
            TextPattern::Matching(regex) => format!("/{regex}/"),
        }
    }

    fn regex(pattern: &str) -> Result<TextPattern, String> {
        let regex = Regex::new(&model::pattern::translate(pattern)).map_err(|why| why.to_string())?;
        Ok(TextPattern::Matching(Box::new(regex)))
    }
}

fn without_comment(line: &str) -> &str {
    let line = line.trim();
    if line.starts_with('#') { "" } else { line }
}

fn load(line: &str, body: &[&str]) -> Result<Load, String> {
    let (word, step) = line.split_once([' ', '\t']).ok_or("load needs a step")?;
    let with_native = match word {
        "load" => false,
        "load_with_nhcb" => true,
        _ => return Err(format!("{word} is no command")),
    };
    let mut series = Vec::new();
    let mut start_times = None;
    for line in body {
        if let Some(metric) = start_time_metric(line) {
            start_times = Some(parse_series_description(metric).map_err(|why| why.to_string())?.labels);
            continue;
        }
        let described = parse_series_description(line).map_err(|why| why.to_string())?;
        let with_start = start_times.take();
        if with_start.as_ref().is_some_and(|labels| *labels != described.labels) {
            return Err("@st line is not followed by its series".to_owned());
        }
        let start_times = with_start.is_some();
        series.push(LoadSeries { labels: described.labels, values: described.values, start_times });
    }
    Ok(Load { step: duration(step)?, with_native, series })
}

/// The metric of a line that gives start timestamps: `metric{…}@st …`.
fn start_time_metric(line: &str) -> Option<&str> {
    line.split([' ', '\t']).next()?.strip_suffix("@st")
}

fn duration(text: &str) -> Result<Duration, String> {
    Duration::parse(text.trim()).map_err(|why| why.to_string())
}

fn time(text: &str) -> Result<Timestamp, String> {
    Ok(Timestamp(duration(text)?.0))
}

/// The first word and what is behind the space after it.
fn word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once([' ', '\t']).unwrap_or((text, ""));
    (word, rest.trim_start())
}

/// What is behind a word that must stand here.
fn after<'a>(text: &'a str, expected: &str) -> Result<&'a str, String> {
    let (found, rest) = word(text);
    if found == expected { Ok(rest) } else { Err(format!("expected \"{expected}\", found \"{found}\"")) }
}

fn eval(line: &str, body: &[&str]) -> Result<Case, String> {
    let (command, rest) = word(line);
    let modifier = command.strip_prefix("eval").unwrap_or("");
    if !["", "_fail", "_warn", "_info", "_ordered"].contains(&modifier) {
        return Err(format!("{command} is no command"));
    }
    let (kind, rest) = word(rest);
    let (when, expr) = match kind {
        "instant" => {
            let (at, expr) = word(after(rest, "at")?);
            (When::Instant { at: time(at)? }, expr)
        }
        "range" => {
            let (start, rest) = word(after(rest, "from")?);
            let (end, rest) = word(after(rest, "to")?);
            let (step, expr) = word(after(rest, "step")?);
            (When::Range { start: time(start)?, end: time(end)?, step: duration(step)? }, expr)
        }
        other => return Err(format!("expected \"instant\" or \"range\", found \"{other}\"")),
    };
    let mut case = Case {
        expr: expr.to_owned(),
        when,
        fail: modifier == "_fail",
        ordered: modifier == "_ordered",
        any_warning: modifier == "_warn",
        any_info: modifier == "_info",
        expectations: Vec::new(),
        expected: Expected::default(),
        never_as_range: false,
    };
    for line in body {
        if !case.expect(line)? {
            break;
        }
    }
    case.fail |= case.expectations.iter().any(|e| e.kind == ExpectationKind::Fail);
    case.ordered |= case.expectations.iter().any(|e| e.kind == ExpectationKind::Ordered);
    Ok(case)
}

// === impl Case ===

impl Case {
    /// Takes one line of what is expected; false if no more lines belong to the case.
    fn expect(&mut self, line: &str) -> Result<bool, String> {
        for (word, regex) in [("expected_fail_message", false), ("expected_fail_regexp", true)] {
            if let Some(text) = line.strip_prefix(word).filter(|_| self.fail) {
                let text = text.trim();
                let pattern =
                    if regex { TextPattern::regex(text)? } else { TextPattern::Exactly(text.to_owned()) };
                self.expectations.push(Expectation { kind: ExpectationKind::Fail, pattern });
                return Ok(false);
            }
        }
        if let Some(range) = line.strip_prefix("expect range vector") {
            self.expect_points(range.trim())?;
        } else if let Some(text) = line.strip_prefix("expect string") {
            self.expected.text = quoted(text.trim())?;
            self.never_as_range = true;
        } else if let ("expect", rest) = word(line) {
            self.expectations.push(expectation(rest)?);
        } else if let Some(value) = number(line) {
            self.expected.scalar = Some(SequenceValue::Float(value));
            return Ok(false);
        } else {
            self.expect_series(line)?;
        }
        Ok(true)
    }

    fn expect_points(&mut self, text: &str) -> Result<(), String> {
        let (start, rest) = word(after(text, "from")?);
        let (end, rest) = word(after(rest, "to")?);
        let step = duration(after(rest, "step")?)?;
        let (start, end) = (time(start)?, time(end)?);
        self.expected.points = Some((start, end, step));
        if let When::Instant { at } = &mut self.when {
            *at = end;
        }
        self.never_as_range = true;
        Ok(())
    }

    fn expect_series(&mut self, line: &str) -> Result<(), String> {
        let described = parse_series_description(line).map_err(|why| why.to_string())?;
        let instant = matches!(self.when, When::Instant { .. });
        if instant && described.values.len() > 1 && self.expected.points.is_none() {
            return Err("several values are expected of an instant query".to_owned());
        }
        let all = &mut self.expected.series;
        let position = all.len() + 1;
        let (labels, values) = (described.labels, described.values);
        match all.iter_mut().find(|series| series.labels == labels) {
            Some(series) => *series = ExpectedSeries { labels, position, values },
            None => all.push(ExpectedSeries { labels, position, values }),
        }
        Ok(())
    }
}

fn expectation(text: &str) -> Result<Expectation, String> {
    let (kind, rest) = word(text);
    let kind = match kind {
        "ordered" => ExpectationKind::Ordered,
        "fail" => ExpectationKind::Fail,
        "warn" => ExpectationKind::Warn,
        "no_warn" => ExpectationKind::NoWarn,
        "info" => ExpectationKind::Info,
        "no_info" => ExpectationKind::NoInfo,
        other => return Err(format!("\"expect {other}\" is not known")),
    };
    let pattern = match rest.split_once(':') {
        None if rest.is_empty() => TextPattern::Any,
        Some(("msg", text)) => TextPattern::Exactly(text.trim().to_owned()),
        Some(("regex", text)) => TextPattern::regex(text.trim())?,
        _ => return Err(format!("expected \"msg:\" or \"regex:\", found \"{rest}\"")),
    };
    Ok(Expectation { kind, pattern })
}

/// A text in double quotes or backquotes.
fn quoted(text: &str) -> Result<String, String> {
    let ends_as_it_begins = text.len() >= 2 && text.chars().next() == text.chars().next_back();
    if !ends_as_it_begins || !text.starts_with(['"', '`']) {
        return Err("expected a quoted text".to_owned());
    }
    Ok(unquote(text))
}

/// A number with an optional sign.
fn number(text: &str) -> Option<f64> {
    match text.strip_prefix('-') {
        Some(rest) => parse_number(rest).ok().map(|value| -value),
        None => parse_number(text.strip_prefix('+').unwrap_or(text)).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_commands() {
        let commands = parse(
            "# a comment\nclear\nload 5m\n  up{a=\"b\"} 0+1x2 _ stale\n  h {{schema:1}}x2\n\n\
             eval_ordered instant at 10m sort(up)\n  expect no_warn\n  up{a=\"b\"} 2\n\n\
             eval range from 0 to 1m step 30s up + 1\n  expect fail msg: it failed: why\n\n\
             eval instant at 1m time()\n  -60\n\nnonsense 1\n",
        );
        let lines: Vec<usize> = commands.iter().map(|command| command.line).collect();
        assert_eq!(lines, [2, 3, 7, 11, 14, 17]);
        let Ok(CommandKind::Load(load)) = &commands[1].kind else { panic!("a load") };
        assert_eq!(load.step, Duration::from_secs(300));
        assert_eq!(load.series[0].values.len(), 5);
        assert_eq!(load.series[1].values.len(), 3);
        assert!(matches!(load.series[1].values[0], SequenceValue::Histogram(_, false)));
        let Ok(CommandKind::Eval(sorted)) = &commands[2].kind else { panic!("an eval") };
        assert!(sorted.ordered && !sorted.fail);
        assert_eq!(sorted.expected.series[0].position, 1);
        let Ok(CommandKind::Eval(failing)) = &commands[3].kind else { panic!("an eval") };
        assert!(failing.fail && failing.expectations[0].pattern.matches("it failed: why"));
        assert_eq!(failing.expr, "up + 1");
        let Ok(CommandKind::Eval(scalar)) = &commands[4].kind else { panic!("an eval") };
        assert_eq!(scalar.expected.scalar, Some(SequenceValue::Float(-60.0)));
        assert!(commands[5].kind.is_err());
    }
}
