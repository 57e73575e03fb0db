/**
 * Whether readers with one version of a schema can read what was written with another.
 *
 * <p>{@link io.stagepost.schema.compatibility.Compatibility} compares; {@link
 * io.stagepost.schema.compatibility.SchemaCheck} compares with what a registry holds, when a
 * service starts.
 *
 * <p>Every format has one class that answers one question: what of the writer's can this reader not
 * read? It depends on the library of its format and is loaded when a schema of that format is
 * compared, so that nobody needs the libraries of the others. Schemas may come from anybody: their
 * size, depth and the steps spent on them are bounded, and nothing is ever fetched.
 */
@NullMarked
package io.stagepost.schema.compatibility;

import org.jspecify.annotations.NullMarked;
