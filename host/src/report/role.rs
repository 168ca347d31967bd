//! A ClusterRole with rules, as YAML to apply.

use crate::collect::live::Rights;
use std::fmt::Write;

/// The role, with what its reader should know as comments.
pub fn render(name: &str, steps: &[String], rights: &Rights) -> String {
    let Rights { rules, unknown } = rights;
    let mut text = String::new();
    let mut line = |line: std::fmt::Arguments<'_>| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{line}");
    };
    let steps = steps.join(", ");
    line(format_args!(
        "# What asogate reads of this cluster to check {steps}, of the kinds that it serves now."
    ));
    line(format_args!(
        "# Make it again when definitions are added: a role cannot name all groups that end alike."
    ));
    if rules
        .iter()
        .any(|rule| rule.resources.iter().any(|resource| resource == "secrets"))
    {
        line(format_args!(
            "# asogate drops the values of Secrets while it parses them, but whoever has this role could read them."
        ));
    }
    for (group, reason) in unknown {
        line(format_args!("# MISSING: the kinds of {group}: {reason}"));
    }
    line(format_args!(
        "# kubectl create clusterrolebinding {name} --clusterrole={name} --user=USER"
    ));
    line(format_args!("apiVersion: rbac.authorization.k8s.io/v1"));
    line(format_args!("kind: ClusterRole"));
    line(format_args!("metadata:"));
    line(format_args!("  name: {name}"));
    line(format_args!("rules:"));
    for rule in rules {
        let groups: Vec<String> = rule
            .api_groups
            .iter()
            .map(|group| format!("\"{group}\""))
            .collect();
        line(format_args!("  - apiGroups: [{}]", groups.join(", ")));
        line(format_args!("    resources:"));
        for resource in &rule.resources {
            line(format_args!("      - {resource}"));
        }
        line(format_args!("    verbs: [{}]", rule.verbs.join(", ")));
    }
    text
}
