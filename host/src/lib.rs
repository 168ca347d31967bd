//! The asogate host: reads a cluster, recorded or live, and import files, plans a step, has policies judge it.
//!
//! In the order of use: [`collect`] turns files, or a live cluster, into a snapshot and manifests; [`steps`] turns those into a plan;
//! [`asogate_core`] works out its consequences and the states it brings about; [`engine`] runs policies, a [`panel`] of
//! which judges; `azure` tells which resource an object stands for; [`runbook`] looks through commands that people type; [`weigh`] judges one plan, [`gate`] is the whole pipeline,
//! [`beside`] what is judged with it, and [`status`] the overview of all; [`report`] shows what came out. [`cli`] is the door.

mod azure;
pub mod beside;
pub mod cli;
pub mod collect;
pub mod config;
pub mod difference;
pub mod engine;
pub mod gate;
pub mod known;
mod naming;
mod next;
pub mod panel;
pub mod planfile;
pub mod report;
pub mod runbook;
pub mod status;
pub mod steps;
mod summary;
pub mod weigh;
