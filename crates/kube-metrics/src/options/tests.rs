use super::{AllowList, Options};

fn no_file(path: &str) -> Result<String, String> {
    Err(format!("{path} is not there"))
}

#[test]
fn allow_lists_name_resources_and_keys() {
    let list = AllowList::parse("pods=[tier,a*],nodes=[*], services=[]").expect("valid");
    assert!(list.of("pods").allows("tier") && list.of("pods").allows("app") && !list.of("pods").allows("b"));
    assert!(list.of("nodes").allows("anything"));
    assert!(list.of("services").is_empty() && list.of("jobs").is_empty());
    let list = AllowList::parse("pods=[*],*=[tier]").expect("valid");
    assert!(!list.of("pods").allows("app") && list.of("jobs").allows("tier"));
    for text in ["pods", "pods=a", "pods=[a", "=[a]", "pods=[a]x", "pods=[a]nodes=[b]", "pods=[a=[b]"] {
        assert!(AllowList::parse(text).is_err(), "{text}");
    }
}

#[test]
fn flags_are_read_in_both_forms() {
    let arguments = ["--resources=pods,nodes", "--namespaces", "a,b", "--custom-resource-state-only"];
    let options = Options::parse(arguments, &no_file).expect("valid");
    assert_eq!(options.resources, Some(vec!["pods".to_owned(), "nodes".to_owned()]));
    assert_eq!(options.namespaces, ["a", "b"]);
    assert!(options.custom_only);
}

#[test]
fn all_faults_are_told() {
    let arguments = [
        "--resources=pods,frobs",
        "--metric-allowlist=a",
        "--metric-denylist=b",
        "--shiny=1",
        "--metric-opt-in-list=(",
        "--custom-resource-state-config-file=c.yaml",
        "--metric-labels-allowlist=*=[a],pots=[b]",
        "file.yaml",
    ];
    let faults = Options::parse(arguments, &no_file).expect_err("invalid");
    let text: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let text = text.join("\n");
    for part in [
        "--resources: frobs unknown; known are certificatesigningrequests",
        "--metric-allowlist: cannot stand beside --metric-denylist",
        "--shiny: is not known",
        "--metric-opt-in-list: \"(\" is no regular expression",
        "--custom-resource-state-config-file: c.yaml is not there",
        "--metric-labels-allowlist: pots is no resource; known are certificatesigningrequests",
        "file.yaml: is no flag",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn only_what_is_used_is_made() {
    let mut options = Options::default();
    options.only_families(["kube_pod_info", "kube_pod_nodeselectors", "up"]);
    let plan = crate::Plan::new(&options);
    let planned: Vec<(&str, Vec<&str>)> = plan
        .resources()
        .iter()
        .map(|planned| (planned.resource.name, planned.families.iter().map(|family| family.name).collect()))
        .collect();
    assert_eq!(planned, [("pods", vec!["kube_pod_info", "kube_pod_nodeselectors"])]);
}

#[test]
fn a_missing_file_can_be_passed_over() {
    let arguments = [
        "--custom-resource-state-config-file=c.yaml",
        "--continue-without-custom-resource-state-config-file",
    ];
    assert!(Options::parse(arguments, &no_file).expect("valid").custom.is_none());
}
