//! The board for programs: one JSON document, whose fields are a promise (`docs/json-output.md`).

use super::json::API_VERSION;
use crate::status::board::Board;
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    api_version: &'static str,
    kind: &'static str,
    #[serde(flatten)]
    board: &'a Board,
}

/// The board as a JSON document, with a line end.
///
/// # Errors
///
/// None that a board can cause; what serde says is passed on.
pub fn render(board: &Board) -> serde_json::Result<String> {
    let document = Document {
        api_version: API_VERSION,
        kind: "Board",
        board,
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}
