/**
 * Contracts: AsyncAPI 3 documents as a typed view, checked.
 *
 * <p>The road of a document, top to bottom:
 *
 * <pre>
 *   file ─ tree ─ references ─ traits ─ typed view (Contract) ─ lint
 *            │         │                      │
 *            └ structure (official schema)    └ semantics (what the schema cannot say)
 * </pre>
 *
 * {@link io.stagepost.asyncapi.Contracts} is the entry: {@code check} tells all that is wrong,
 * {@code read} gives a valid contract or throws. {@link io.stagepost.asyncapi.Linter} holds a
 * contract against the governance rules. Everything that is found is a {@link
 * io.stagepost.asyncapi.Finding}, with file, line, column, JSON pointer, rule and remedy; {@link
 * io.stagepost.asyncapi.Report} prints them.
 *
 * <p>Invariants: a tree never changes; the typed view only points into trees, so that whatever was
 * merged from traits or fetched through references still knows where it was written; what is not
 * understood stays in the tree. Nothing is read from the network unless it was allowed.
 */
@NullMarked
package io.stagepost.asyncapi;

import org.jspecify.annotations.NullMarked;
