//! A synthetic cluster in the middle of a migration, as `kubectl get … -A -o json` prints it: one `List`, keys sorted,
//! grouped by kind. Same number of objects, same bytes.
//!
//! Of the objects, 30% are v2 resources, 10% v1 resources, 25% Secrets (a third owned by v1 resources), 35% workloads
//! that read three Secrets each; beside them the namespaces, definitions and operators that such a cluster has. With
//! managed fields and status, an object takes 2.4 KB of compact JSON on average.
//!
//! Measurements and tests share this; it must not depend on anything but the standard library.

mod azure;
mod core;

use std::fmt::Write;

/// The cluster with about this many objects, as compact JSON.
pub(crate) fn cluster(objects: usize) -> String {
    let mut cluster = Cluster::new(objects);
    // Fixed costs would make small clusters unlike big ones, so they come out of the share of the workloads.
    let fixed = cluster.namespaces + azure::V2_KINDS.len() + azure::V1_KINDS.len() + 4;
    let v2 = objects * 30 / 100;
    let v1 = objects * 10 / 100;
    let secrets = objects * 25 / 100;
    let workloads = objects.saturating_sub(v2 + v1 + secrets + fixed);
    for number in 0..cluster.namespaces {
        core::namespace(&mut cluster, number);
    }
    for kind in azure::V2_KINDS {
        azure::definition(&mut cluster, kind.0, kind.1, kind.2, kind.3);
    }
    for kind in azure::V1_KINDS {
        azure::definition(
            &mut cluster,
            "azure.microsoft.com",
            kind.0,
            kind.1,
            "v1alpha1",
        );
    }
    core::operators(&mut cluster);
    for number in 0..v2 {
        azure::v2(&mut cluster, number, v2);
    }
    for number in 0..v1 {
        azure::v1(&mut cluster, number, v1);
    }
    for number in 0..secrets {
        core::secret(&mut cluster, number, v1.max(1), secrets);
    }
    for number in 0..workloads {
        core::workload(&mut cluster, number, workloads, secrets.max(1));
    }
    cluster.finish()
}

/// The text so far, and a source of numbers that look random and never change.
struct Cluster {
    text: String,
    state: u64,
    namespaces: usize,
    version: u64,
}

impl Cluster {
    fn new(objects: usize) -> Self {
        let mut text = String::with_capacity(objects * 2500 + 64);
        text.push_str(r#"{"apiVersion":"v1","items":["#);
        Cluster {
            text,
            state: 0x9E37_79B9_7F4A_7C15,
            namespaces: (objects / 200).clamp(3, 400),
            version: 100_000,
        }
    }

    fn finish(mut self) -> String {
        if self.text.ends_with(',') {
            self.text.pop();
        }
        self.text
            .push_str(r#"],"kind":"List","metadata":{"resourceVersion":""}}"#);
        self.text
    }

    /// The next number (splitmix64).
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.state)
    }

    /// A resource version: they grow, with gaps.
    fn version(&mut self) -> u64 {
        self.version += self.next() % 97 + 1;
        self.version
    }

    /// The namespace of object `number` of `count`: the API server lists each kind namespace by namespace.
    fn namespace(&self, number: usize, count: usize) -> String {
        self.namespace_name(number * self.namespaces / count.max(1))
    }

    fn namespace_name(&self, index: usize) -> String {
        let team = [
            "shop",
            "billing",
            "search",
            "media",
            "identity",
            "reporting",
        ];
        format!("{}-{}", team[index % team.len()], index)
    }

    fn push(&mut self, object: std::fmt::Arguments<'_>) {
        self.text.write_fmt(object).unwrap();
        self.text.push(',');
    }
}

fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// The uid of object `number` of some kind: known without having made the object, so that owners can be named.
fn uid(kind: u64, number: usize) -> String {
    let (high, low) = (
        mix(kind << 40 | number as u64),
        mix(!(kind << 40 | number as u64)),
    );
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        low >> 52,
        low & 0xffff_ffff_ffff
    )
}

/// Base64 of letters that depend on `seed`.
fn value(seed: u64, len: usize) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bits = seed;
    let mut text = String::with_capacity(len);
    for _ in 0..len.next_multiple_of(4) {
        bits = mix(bits.wrapping_add(1));
        text.push(char::from(alphabet[(bits >> 58) as usize]));
    }
    text
}
