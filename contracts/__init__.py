"""What may happen and what is signed: rules, records, bindings, documents."""
