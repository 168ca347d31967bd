//! Kinds of Kubernetes itself, and the operators' Deployments and Secrets.

use super::azure::{v1_kind, v1_name};
use super::{Cluster, uid, value};

pub(super) fn namespace(cluster: &mut Cluster, number: usize) {
    let (name, own, rv) = (
        cluster.namespace_name(number),
        uid(4, number),
        cluster.version(),
    );
    cluster.push(format_args!(
        r#"{{"apiVersion":"v1","kind":"Namespace","metadata":{{"creationTimestamp":"2021-01-01T00:00:00Z","labels":{{"kubernetes.io/metadata.name":"{name}"}},"name":"{name}","resourceVersion":"{rv}","uid":"{own}"}},"spec":{{"finalizers":["kubernetes"]}},"status":{{"phase":"Active"}}}}"#
    ));
}

pub(super) fn operators(cluster: &mut Cluster) {
    for (number, (namespace, name, image, pattern)) in [
        (
            "azureoperator-system",
            "azureoperator-controller-manager",
            "azureserviceoperator:1.0.59040",
            "",
        ),
        (
            "azureserviceoperator-system",
            "azureserviceoperator-controller-manager",
            "k8s/azureserviceoperator:v2.13.0",
            r#","--crd-pattern=*/*""#,
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let (own, rv) = (uid(5, number), cluster.version());
        cluster.push(format_args!(
            r#"{{"apiVersion":"apps/v1","kind":"Deployment","metadata":{{"labels":{{"app.kubernetes.io/name":"{name}"}},"name":"{name}","namespace":"{namespace}","resourceVersion":"{rv}","uid":"{own}"}},"spec":{{"replicas":2,"template":{{"spec":{{"containers":[{{"args":["--metrics-addr=:8080"{pattern}],"env":[{{"name":"AZURE_OPERATOR_MODE","value":"watchers-and-webhooks"}}],"image":"mcr.microsoft.com/{image}","name":"manager"}}]}}}}}},"status":{{"readyReplicas":2}}}}"#
        ));
    }
    for (number, (namespace, name)) in [
        ("azureoperator-system", "azureoperatorsettings"),
        ("azureserviceoperator-system", "aso-controller-settings"),
    ]
    .into_iter()
    .enumerate()
    {
        let (own, rv) = (uid(6, number), cluster.version());
        cluster.push(format_args!(
            r#"{{"apiVersion":"v1","data":{{"AZURE_CLIENT_ID":"MDAwMA==","AZURE_CLIENT_SECRET":"{}","AZURE_SUBSCRIPTION_ID":"MDAwMA==","AZURE_TENANT_ID":"MDAwMA=="}},"kind":"Secret","metadata":{{"name":"{name}","namespace":"{namespace}","resourceVersion":"{rv}","uid":"{own}"}},"type":"Opaque"}}"#,
            value(number as u64, 40)
        ));
    }
}

fn secret_name(number: usize) -> String {
    format!("storageaccount-keys-{number:05}")
}

pub(super) fn secret(cluster: &mut Cluster, number: usize, v1: usize, secrets: usize) {
    let (namespace, name) = (cluster.namespace(number, secrets), secret_name(number));
    let (own, rv, bits) = (uid(7, number), cluster.version(), cluster.next());
    let owners = if number * 3 < secrets {
        let owner = number % v1;
        format!(
            r#""ownerReferences":[{{"apiVersion":"azure.microsoft.com/v1alpha1","blockOwnerDeletion":true,"controller":true,"kind":"{}","name":"{}","uid":"{}"}}],"#,
            v1_kind(owner),
            v1_name(owner),
            uid(3, owner)
        )
    } else {
        String::new()
    };
    // One in eight values is one that another Secret holds too.
    let seed = if bits % 8 == 0 { bits >> 8 & 255 } else { bits };
    cluster.push(format_args!(
        concat!(
            r#"{{"apiVersion":"v1","data":{{"StorageAccountName":"{account}","connectionString1":"{connection1}","connectionString2":"{connection2}","key1":"{key1}","key2":"{key2}"}},"kind":"Secret","#,
            r#""metadata":{{"creationTimestamp":"2021-06-01T10:14:10Z","labels":{{"app.kubernetes.io/managed-by":"azureoperator"}},"managedFields":[{{"apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{{"f:data":{{".":{{}},"f:StorageAccountName":{{}},"f:connectionString1":{{}},"f:connectionString2":{{}},"f:key1":{{}},"f:key2":{{}}}},"f:metadata":{{"f:ownerReferences":{{".":{{}},"k:{{\"uid\":\"{own}\"}}":{{}}}}}},"f:type":{{}}}},"manager":"manager","operation":"Update","time":"2021-06-01T10:14:10Z"}}],"#,
            r#""name":"{name}","namespace":"{namespace}",{owners}"resourceVersion":"{rv}","uid":"{own}"}},"type":"Opaque"}}"#
        ),
        account = value(number as u64, 24), connection1 = value(seed, 220), connection2 = value(seed + 1, 220),
        key1 = value(seed + 2, 116), key2 = value(seed + 3, 116), name = name, namespace = namespace, owners = owners,
        rv = rv, own = own,
    ));
}

pub(super) fn workload(cluster: &mut Cluster, number: usize, count: usize, secrets: usize) {
    // One kind after the other, each through all namespaces.
    let of_kind = count.div_ceil(4);
    let (api_version, kind) = match number / of_kind {
        0 => ("apps/v1", "Deployment"),
        1 => ("apps/v1", "ReplicaSet"),
        2 => ("v1", "Pod"),
        _ => ("apps/v1", "StatefulSet"),
    };
    let namespace = cluster.namespace(number % of_kind, of_kind);
    let name = format!("{}-{number:05}", kind.to_lowercase());
    let (own, rv) = (uid(8, number), cluster.version());
    let owner = match kind {
        "ReplicaSet" => Some(("apps/v1", "Deployment", number - of_kind)),
        "Pod" => Some(("apps/v1", "ReplicaSet", number - of_kind)),
        _ => None,
    };
    let owners = owner.map_or(String::new(), |(version, owner, number)| {
        format!(
            r#""ownerReferences":[{{"apiVersion":"{version}","blockOwnerDeletion":true,"controller":true,"kind":"{owner}","name":"{}-{number:05}","uid":"{}"}}],"#,
            owner.to_lowercase(),
            uid(8, number)
        )
    });
    // Secrets of the same namespace.
    let start = number % of_kind * secrets / of_kind;
    let around = (secrets / cluster.namespaces).max(1);
    let mut read = || {
        let other = start - start % around + cluster.next() as usize % around;
        secret_name(other.min(secrets - 1))
    };
    let (first, second, third) = (read(), read(), read());
    let spec = format!(
        concat!(
            r#"{{"containers":[{{"env":[{{"name":"ACCOUNT","valueFrom":{{"secretKeyRef":{{"key":"StorageAccountName","name":"{first}"}}}}}},{{"name":"ACCOUNT_KEY","valueFrom":{{"secretKeyRef":{{"key":"key1","name":"{second}"}}}}}},{{"name":"POD_IP","valueFrom":{{"fieldRef":{{"apiVersion":"v1","fieldPath":"status.podIP"}}}}}},{{"name":"LOG_LEVEL","value":"info"}}],"image":"registry.example.com/{namespace}/{name}:1.{minor}.0","imagePullPolicy":"IfNotPresent","livenessProbe":{{"failureThreshold":3,"httpGet":{{"path":"/healthz","port":8080,"scheme":"HTTP"}},"periodSeconds":10,"successThreshold":1,"timeoutSeconds":1}},"name":"app","ports":[{{"containerPort":8080,"protocol":"TCP"}}],"resources":{{"limits":{{"cpu":"1","memory":"512Mi"}},"requests":{{"cpu":"100m","memory":"256Mi"}}}},"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File","volumeMounts":[{{"mountPath":"/etc/keys","name":"keys","readOnly":true}}]}}],"#,
            r#""dnsPolicy":"ClusterFirst","restartPolicy":"Always","schedulerName":"default-scheduler","securityContext":{{}},"serviceAccountName":"default","terminationGracePeriodSeconds":30,"volumes":[{{"name":"keys","secret":{{"defaultMode":420,"secretName":"{third}"}}}},{{"configMap":{{"defaultMode":420,"name":"{namespace}-config"}},"name":"config"}}]}}"#
        ),
        first = first,
        second = second,
        third = third,
        namespace = namespace,
        name = name,
        minor = number % 50,
    );
    let spec = match kind {
        "Pod" => spec,
        _ => format!(
            r#"{{"progressDeadlineSeconds":600,"replicas":{},"revisionHistoryLimit":10,"selector":{{"matchLabels":{{"app":"{name}"}}}},"strategy":{{"rollingUpdate":{{"maxSurge":"25%","maxUnavailable":"25%"}},"type":"RollingUpdate"}},"template":{{"metadata":{{"creationTimestamp":null,"labels":{{"app":"{name}"}}}},"spec":{spec}}}}}"#,
            number % 4
        ),
    };
    let status = match kind {
        "Pod" => {
            r#"{"conditions":[{"lastProbeTime":null,"lastTransitionTime":"2025-03-02T08:00:00Z","status":"True","type":"Ready"}],"hostIP":"10.0.0.4","phase":"Running","podIP":"10.244.0.17","qosClass":"Burstable","startTime":"2025-03-02T08:00:00Z"}"#
        }
        _ => {
            r#"{"availableReplicas":1,"conditions":[{"lastTransitionTime":"2025-03-02T08:00:00Z","message":"Deployment has minimum availability.","reason":"MinimumReplicasAvailable","status":"True","type":"Available"}],"observedGeneration":2,"readyReplicas":1,"replicas":1}"#
        }
    };
    cluster.push(format_args!(
        concat!(
            r#"{{"apiVersion":"{api_version}","kind":"{kind}","metadata":{{"annotations":{{"deployment.kubernetes.io/revision":"2"}},"creationTimestamp":"2023-04-05T06:07:08Z","generation":2,"labels":{{"app":"{name}","app.kubernetes.io/managed-by":"Helm","app.kubernetes.io/part-of":"{namespace}"}},"#,
            r#""managedFields":[{{"apiVersion":"{api_version}","fieldsType":"FieldsV1","fieldsV1":{{"f:metadata":{{"f:annotations":{{".":{{}}}},"f:labels":{{".":{{}},"f:app":{{}},"f:app.kubernetes.io/managed-by":{{}}}}}},"f:spec":{{"f:progressDeadlineSeconds":{{}},"f:replicas":{{}},"f:selector":{{}},"f:strategy":{{}},"f:template":{{"f:metadata":{{"f:labels":{{".":{{}},"f:app":{{}}}}}},"f:spec":{{"f:containers":{{"k:{{\"name\":\"app\"}}":{{".":{{}},"f:env":{{".":{{}},"k:{{\"name\":\"ACCOUNT\"}}":{{".":{{}},"f:name":{{}},"f:valueFrom":{{}}}}}},"f:image":{{}},"f:imagePullPolicy":{{}},"f:name":{{}},"f:resources":{{}}}}}},"f:dnsPolicy":{{}},"f:restartPolicy":{{}},"f:volumes":{{}}}}}}}}}},"manager":"helm","operation":"Update","time":"2023-04-05T06:07:08Z"}}],"#,
            r#""name":"{name}","namespace":"{namespace}",{owners}"resourceVersion":"{rv}","uid":"{own}"}},"spec":{spec},"status":{status}}}"#
        ),
        api_version = api_version, kind = kind, name = name, namespace = namespace, owners = owners, rv = rv, own = own,
        spec = spec, status = status,
    ));
}
