"""The debt book: what each taxpayer owes, paid and is due back, at any date and as known at any time.

`law`, `interest`, `account`, `application`, `coercion`, `states` and `statement` are pure: entries
and dates in, results out. `tables`, `store` and `book` keep the entries in the state database.
"""
