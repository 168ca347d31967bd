//! What v2 objects export.

use asogate_policy::{Column, FastMap, Input, ObjectId, Row, Selector, State, Symbol, Table};

/// Tables of maps from what is exported to where: table, field.
const FIELDS: [(&str, &str); 2] = [
    ("exported-secrets", "secrets"),
    ("exported-config-maps", "configMaps"),
];
/// Tables of lists of expressions: table, field.
const EXPRESSIONS: [(&str, &str); 2] = [
    ("secret-expressions", "secretExpressions"),
    ("config-map-expressions", "configMapExpressions"),
];

fn field_columns(field: &str) -> [String; 3] {
    let path = format!("spec.operatorSpec.{field}[*]");
    [
        format!("key({path})"),
        format!("{path}.name"),
        format!("{path}.key"),
    ]
}

fn expression_columns(field: &str) -> [String; 3] {
    let path = format!("spec.operatorSpec.{field}[*]");
    [
        format!("{path}.value"),
        format!("{path}.name"),
        format!("{path}.key"),
    ]
}

pub(crate) fn reads() -> Vec<Selector> {
    let of = |(table, columns): (&str, [String; 3])| {
        Selector::objects(table, "*.azure.com", "*", columns)
    };
    let fields = FIELDS.map(|(table, field)| (table, field_columns(field)));
    let expressions = EXPRESSIONS.map(|(table, field)| (table, expression_columns(field)));
    fields.into_iter().chain(expressions).map(of).collect()
}

type Source<'a> = (Table<'a>, [Column; 3]);

pub(crate) struct Exports<'a> {
    fields: [Source<'a>; 2],
    expressions: [Source<'a>; 2],
}

impl<'a> Exports<'a> {
    pub(crate) fn new(input: &'a Input) -> Result<Exports<'a>, String> {
        let source = |table: &str, columns: [String; 3]| {
            let table = input.table(table)?;
            let columns = table.columns(columns.each_ref().map(String::as_str))?;
            Ok::<_, String>((table, columns))
        };
        let [secrets, config_maps] = FIELDS;
        let [secret_values, config_map_values] = EXPRESSIONS;
        Ok(Exports {
            fields: [
                source(secrets.0, field_columns(secrets.1))?,
                source(config_maps.0, field_columns(config_maps.1))?,
            ],
            expressions: [
                source(secret_values.0, expression_columns(secret_values.1))?,
                source(config_map_values.0, expression_columns(config_map_values.1))?,
            ],
        })
    }

    /// Whether an object exports this field of `secrets` or `configMaps`.
    pub(crate) fn has_field(&self, state: State<'a>, object: ObjectId, field: &str) -> bool {
        self.fields.iter().any(|(table, [exported, name, _])| {
            let mut rows = state.rows_of(*table, object);
            rows.any(|row| row.text(*exported) == Some(field) && row.has(*name))
        })
    }

    /// Whether something that an object exports gives a key for which there is no field of its own: by the name of the key to
    /// which it goes, or because it is an expression of the same parts.
    pub(crate) fn gives(
        &self,
        state: State<'a>,
        object: ObjectId,
        key: Symbol,
        parts: &[&str],
    ) -> bool {
        let mut fields = self.fields.iter();
        let by_name = fields.any(|(table, [.., destination])| {
            let mut rows = state.rows_of(*table, object);
            rows.any(|row| row.symbol(*destination) == key)
        });
        let is_made_of = |row: Row<'a>, value: Column| {
            let value = row.text(value).unwrap_or_default();
            !parts.is_empty() && parts.iter().all(|part| mentions(value, part))
        };
        by_name
            || self
                .expressions
                .iter()
                .any(|(table, [value, _, destination])| {
                    let mut rows = state.rows_of(*table, object);
                    rows.any(|row| row.symbol(*destination) == key || is_made_of(row, *value))
                })
    }

    /// The keys that v2 objects write into Secrets, or into ConfigMaps, in this state, by namespace and name. An absent key stands
    /// for an expression that gives a map of keys that nobody knows.
    /// `namespace` gives that of a v2 object.
    pub(crate) fn destinations(
        &self,
        state: State<'a>,
        config_maps: bool,
        namespace: impl Fn(ObjectId) -> Symbol,
    ) -> FastMap<(Symbol, Symbol), Vec<Symbol>> {
        let mut destinations: FastMap<_, Vec<Symbol>> = FastMap::default();
        let [of_secrets, of_config_maps] = &self.fields;
        let [secrets, config_map_values] = &self.expressions;
        let (secrets, expressions) = match config_maps {
            true => (of_config_maps, config_map_values),
            false => (of_secrets, secrets),
        };
        for (table, [_, name, key]) in [secrets, expressions] {
            for row in state.rows(*table) {
                let secret = (namespace(row.object()), row.symbol(*name));
                destinations
                    .entry(secret)
                    .or_default()
                    .push(row.symbol(*key));
            }
        }
        destinations
    }
}

/// Whether an expression mentions a name, and not only a longer one.
fn mentions(expression: &str, name: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    expression.match_indices(name).any(|(at, _)| {
        let after = expression.get(at + name.len()..).unwrap_or_default();
        !after.starts_with(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key1_is_not_mentioned_by_key10() {
        assert!(mentions("\"a\" + secret.key1 + \"b\"", "secret.key1"));
        assert!(!mentions("secret.key10", "secret.key1"));
    }
}
