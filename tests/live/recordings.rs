//! Snapshot files of a real API server: judged as the cluster.

use super::{contoso, rules};
use crate::cluster::Session;
use crate::command::Folder;
use serde_json::{Value, json};

/// What two judgements of one cluster have in common whose sources are not the same.
fn judged(mut document: Value) -> Value {
    for field in ["sources", "time", "resourceVersions"] {
        document["snapshot"].as_object_mut().unwrap().remove(field);
    }
    document.as_object_mut().unwrap().remove("next");
    document
}

#[test]
fn a_snapshot_file_is_judged_as_the_cluster_it_was_taken_of() {
    let Some(cluster) = contoso() else { return };
    let folder = Folder::new();
    let run = |user: &Session, arguments: &str| {
        let kubeconfig = user.kubeconfig().to_str().unwrap();
        folder
            .command(arguments)
            .env("KUBECONFIG", kubeconfig)
            .run()
    };
    // Somebody who may see everything, one who may not see Secrets, and one who may see nothing.
    let every = rules(cluster.admin(), "rbac");
    let sighted = cluster.user();
    cluster.grant(&sighted, None, every.clone().into());
    let mut most = every;
    most.retain(|rule| rule["resources"] != json!(["secrets"]));
    let limited = cluster.user();
    cluster.grant(&limited, None, most.into());
    for (name, user, secrets, code) in [
        ("whole.json.gz", &sighted, "", 0),
        ("metadata.json", &sighted, "--secrets=metadata", 3),
        ("limited.json", &limited, "", 3),
        ("nothing.json", &cluster.user(), "", 3),
    ] {
        let recorded = run(user, &format!("snapshot -o {name} {secrets}")).exits(code);
        recorded.says(&format!(" to {name}"));
        for step in ["pause-v1", "adopt", "rollback", "cleanup"] {
            let live = run(user, &format!("check {step} -A -o json {secrets}"));
            let filed = run(user, &format!("check {step} -A -o json --snapshot {name}"));
            assert_eq!(live.code, filed.code, "{live}\n{filed}");
            let (live, filed) = (judged(live.json()), judged(filed.json()));
            for field in live.as_object().unwrap().keys() {
                assert_eq!(live[field], filed[field], "{field} of {step} from {name}");
            }
            assert_eq!(live.to_string(), filed.to_string(), "{step} from {name}");
        }
    }
    run(&limited, "snapshot show limited.json")
        .exits(0)
        .says("no right to list secrets in all namespaces")
        .says("not complete in 1 kind");
    run(&limited, "snapshot diff whole.json.gz limited.json")
        .exits(1)
        .says("removed Secret ");
    let plan = "plan cleanup -n shop -o";
    run(&sighted, &format!("{plan} live.json")).exits(0);
    run(
        &sighted,
        &format!("{plan} filed.json --snapshot whole.json.gz"),
    )
    .exits(0);
    let plan = |name: &str| -> Value {
        let mut plan: Value = serde_json::from_str(&folder.read(name)).unwrap();
        plan.as_object_mut().unwrap().remove("snapshot");
        plan
    };
    assert_eq!(plan("live.json"), plan("filed.json"));
    // The same cluster gives the same bytes, but for when it was read.
    let lines = |name: &str| -> Vec<String> {
        run(&sighted, &format!("snapshot -o {name}")).exits(0);
        let text = folder.read(name);
        let (_, items) = text.split_once("\"items\":[").unwrap();
        items.lines().map(str::to_owned).collect()
    };
    assert_eq!(lines("first.json"), lines("second.json"));
}
