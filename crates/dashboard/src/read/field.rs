//! Field configuration and its exceptions.

use serde_json::{Map, Value};

use crate::api::{
    Align, AxisPlacement, Cell, Color, ColorMode, Compare, CustomPatch, DrawStyle, FieldConfig,
    FieldOverride, FieldPatch, HideFrom, Interpolation, Mapping, OverrideMatcher, PanelKind, Reducer,
    ShowPoints, SpecialMatch, Stacking, Step, ThresholdMode, Thresholds,
};
use crate::cursor::Cursor;

/// Steps, mappings, overrides that are read of one panel.
const LIST_MAX: usize = 1000;

/// Reads `fieldConfig.defaults`.
pub(super) fn read_field(defaults: &Cursor<'_>, kind: PanelKind) -> FieldConfig {
    let color = match kind {
        PanelKind::Timeseries => ColorMode::Palette,
        _ => ColorMode::Thresholds,
    };
    let mut field = FieldConfig::initial(color);
    field.apply(&read_patch(defaults));
    field
}

/// Reads `fieldConfig.overrides`.
pub(super) fn read_overrides(list: &Cursor<'_>) -> Vec<FieldOverride> {
    list.items(LIST_MAX).iter().flat_map(read_override).collect()
}

fn read_override(rule: &Cursor<'_>) -> Vec<FieldOverride> {
    if rule.object().is_none() || rule.get("__systemRef").text().is_some() {
        return Vec::new();
    }
    let matchers = read_matcher(&rule.get("matcher"));
    let mut whole = Map::new();
    for property in rule.get("properties").items(LIST_MAX) {
        let Some(id) = property.get("id").text() else { continue };
        insert_at(&mut whole, &id, property.get("value").value().clone());
    }
    let whole = Value::Object(whole);
    let set = read_patch(&rule.get("properties").instead(&whole));
    matchers.into_iter().map(|matcher| FieldOverride { matcher, set: set.clone() }).collect()
}

/// `custom.lineWidth` becomes the member `lineWidth` of the member `custom`.
fn insert_at(object: &mut Map<String, Value>, id: &str, value: Value) {
    match id.split_once('.') {
        Some((first, rest)) if rest.matches('.').count() < 4 => {
            let inner = object.entry(first).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                insert_at(inner, rest, value);
            }
        }
        _ => drop(object.insert(id.to_owned(), value)),
    }
}

fn read_matcher(matcher: &Cursor<'_>) -> Vec<OverrideMatcher> {
    let options = matcher.get("options");
    let id = matcher.get("id").text_or_empty();
    let value = || options.text_or_empty();
    match id.as_str() {
        "byName" => vec![OverrideMatcher::ByName { value: value() }],
        "byRegexp" => vec![OverrideMatcher::ByRegexp { value: value() }],
        "byType" => vec![OverrideMatcher::ByType { value: value() }],
        "byFrameRefID" => vec![OverrideMatcher::ByFrameRefId { value: value() }],
        "byNames" if options.get("mode").text().as_deref() != Some("exclude") => {
            let names = options.get("names").texts(LIST_MAX);
            names.into_iter().map(|value| OverrideMatcher::ByName { value }).collect()
        }
        "byValue" => match options.get("reducer").word(Reducer::WORDS) {
            Some(reducer) => vec![OverrideMatcher::ByValue {
                reducer,
                op: options.get("op").word(Compare::WORDS).unwrap_or(Compare::None),
                value: options.get("value").number().unwrap_or(0.0),
            }],
            None => Vec::new(),
        },
        other => {
            matcher.get("id").note(format!("overrides {other} are not supported: ignored"));
            Vec::new()
        }
    }
}

fn read_patch(field: &Cursor<'_>) -> FieldPatch {
    if field.object().is_none() {
        return FieldPatch::default();
    }
    let unit = field.get("unit").text().map(|unit| if unit == "none" { String::new() } else { unit });
    FieldPatch {
        unit,
        decimals: field.get("decimals").number().map(|decimals| decimals.clamp(0.0, 20.0)),
        min: field.get("min").number(),
        max: field.get("max").number(),
        display_name: field.get("displayName").text(),
        no_value: field.get("noValue").text(),
        color: read_color(&field.get("color")),
        thresholds: read_thresholds(&field.get("thresholds")),
        mappings: read_mappings(&field.get("mappings")),
        custom: read_custom(&field.get("custom")),
    }
}

fn read_color(color: &Cursor<'_>) -> Option<Color> {
    let mode_text = color.object().and_then(|_| color.get("mode").text())?;
    let mode = match mode_text.as_str() {
        "thresholds" => ColorMode::Thresholds,
        "fixed" | "shades" => ColorMode::Fixed,
        text if text.starts_with("palette-") => ColorMode::Palette,
        text if text.starts_with("continuous-") => ColorMode::Continuous,
        other => {
            color.get("mode").note(format!("color mode \"{other}\" is not supported: ignored"));
            return None;
        }
    };
    let fixed = color.get("fixedColor").text_or_empty();
    Some(Color { mode, fixed: if mode == ColorMode::Fixed { fixed } else { String::new() } })
}

fn read_thresholds(thresholds: &Cursor<'_>) -> Option<Thresholds> {
    thresholds.object()?;
    let read = |step: &Cursor<'_>| {
        let color = step.get("color").text().filter(|color| !color.is_empty())?;
        let value = match step.get("value").value() {
            Value::String(text) if text == "-Infinity" => None,
            _ => step.get("value").number(),
        };
        Some(Step { value, color })
    };
    let mut steps: Vec<Step> = thresholds.get("steps").items(LIST_MAX).iter().filter_map(read).collect();
    let order = |step: &Step| step.value.unwrap_or(f64::NEG_INFINITY);
    steps.sort_by(|a, b| order(a).total_cmp(&order(b)));
    steps.first_mut()?.value = None;
    let mode = thresholds.get("mode").word(ThresholdMode::WORDS).unwrap_or(ThresholdMode::Absolute);
    Some(Thresholds { mode, steps })
}

fn read_mappings(list: &Cursor<'_>) -> Option<Vec<Mapping>> {
    if list.is_null() {
        return None;
    }
    Some(list.items(LIST_MAX).iter().flat_map(read_mapping).collect())
}

fn read_mapping(mapping: &Cursor<'_>) -> Vec<Mapping> {
    let options = mapping.get("options");
    let result = options.get("result");
    let (text, color) = (result.get("text").text_or_empty(), result.get("color").text_or_empty());
    let one = match mapping.get("type").text_or_empty().as_str() {
        "value" => return value_mappings(&options),
        "range" => {
            Mapping::Range { from: options.get("from").number(), to: options.get("to").number(), text, color }
        }
        "regex" => {
            let pattern = options.get("pattern").text_or_empty();
            let bare = pattern.strip_prefix('/').and_then(|rest| rest.rsplit_once('/'));
            let pattern = bare.map_or(pattern.as_str(), |(bare, _)| bare).to_owned();
            Mapping::Regex { pattern, text, color }
        }
        "special" => match options.get("match").word(SpecialMatch::WORDS) {
            Some(matches) => Mapping::Special { matches, text, color },
            None => return Vec::new(),
        },
        other => {
            mapping.note(format!("mapping of type \"{other}\" is not supported: ignored"));
            return Vec::new();
        }
    };
    vec![one]
}

/// All values of one mapping, in the order of their index.
fn value_mappings(options: &Cursor<'_>) -> Vec<Mapping> {
    let mut members = options.members();
    members.truncate(LIST_MAX);
    members.sort_by_key(|(_, result)| result.get("index").whole(0, u32::MAX).unwrap_or(0));
    let read = |(value, result): (&str, Cursor<'_>)| Mapping::Value {
        value: value.to_owned(),
        text: result.get("text").text_or_empty(),
        color: result.get("color").text_or_empty(),
    };
    members.into_iter().map(read).collect()
}

fn read_custom(custom: &Cursor<'_>) -> CustomPatch {
    if custom.object().is_none() {
        return CustomPatch::default();
    }
    let px = |key: &str| custom.get(key).number().map(|number| number.clamp(0.0, 10_000.0));
    if custom.get("transform").text().is_some_and(|text| text != "constant" && !text.is_empty()) {
        custom.get("transform").note("transforming values (negative Y) is not supported: ignored");
    }
    let style = custom.get("thresholdsStyle");
    if style.value().is_object()
        && style.get("mode").text().is_some_and(|mode| mode != "off" && !mode.is_empty())
    {
        style.note("lines of thresholds are not drawn");
    }
    CustomPatch {
        draw_style: custom.get("drawStyle").word(DrawStyle::WORDS),
        interpolation: custom.get("lineInterpolation").word(Interpolation::WORDS),
        line_width: px("lineWidth"),
        fill_opacity: px("fillOpacity").map(|opacity| opacity.min(100.0)),
        show_points: custom.get("showPoints").word(ShowPoints::WORDS),
        point_size: px("pointSize"),
        span_nulls: read_span_nulls(&custom.get("spanNulls")),
        null_as_zero: custom.get("nullAsZero").truth(),
        stacking: match custom.get("stacking") {
            stacking if stacking.value().is_object() => stacking.get("mode").word(Stacking::WORDS),
            _ => None,
        },
        axis_placement: read_axis(&custom.get("axisPlacement")),
        log_base: read_log_base(&custom.get("scaleDistribution")),
        hide_from: read_hide_from(&custom.get("hideFrom")),
        cell: read_cell(&custom.get("cellOptions")),
        align: custom.get("align").word(ALIGNS),
        width: px("width").filter(|width| *width > 0.0),
        filterable: custom.get("filterable").truth(),
        hidden: custom.get("hidden").truth(),
    }
}

const ALIGNS: &[(&str, Align)] = &[
    ("auto", Align::Auto),
    ("left", Align::Left),
    ("center", Align::Center),
    ("right", Align::Right),
    ("justify-center", Align::Center),
];

/// A truth value, or the milliseconds of gaps that are bridged.
fn read_span_nulls(span: &Cursor<'_>) -> Option<bool> {
    match span.value() {
        Value::Number(number) => Some(number.as_f64().unwrap_or(0.0) > 0.0),
        _ => span.truth(),
    }
}

fn read_axis(axis: &Cursor<'_>) -> Option<AxisPlacement> {
    const AXES: &[(&str, AxisPlacement)] = &[
        ("auto", AxisPlacement::Auto),
        ("left", AxisPlacement::Left),
        ("right", AxisPlacement::Right),
        ("hidden", AxisPlacement::Hidden),
        ("top", AxisPlacement::Auto),
        ("bottom", AxisPlacement::Auto),
    ];
    axis.word(AXES)
}

fn read_log_base(scale: &Cursor<'_>) -> Option<f64> {
    scale.object()?;
    match scale.get("type").text_or_empty().as_str() {
        "log" | "symlog" => Some(scale.get("log").number().filter(|base| *base > 1.0).unwrap_or(2.0)),
        _ => Some(1.0),
    }
}

fn read_hide_from(hide: &Cursor<'_>) -> Option<HideFrom> {
    hide.object()?;
    let of = |new: &str, old: &str| hide.get(new).truth().or_else(|| hide.get(old).truth()).unwrap_or(false);
    Some(HideFrom {
        legend: of("legend", "legend"),
        tooltip: of("tooltip", "tooltip"),
        viz: of("viz", "graph"),
    })
}

/// Kinds of cells that have no counterpart are drawn as text.
fn read_cell(options: &Cursor<'_>) -> Option<Cell> {
    options.object()?;
    let kind = options.get("type").text()?;
    Some(Cell::from_word(&kind).unwrap_or(Cell::Auto))
}
