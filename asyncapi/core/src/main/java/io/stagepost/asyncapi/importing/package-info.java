/**
 * A first contract of what is there already: topics, and the schemas of a registry.
 *
 * <p>{@link io.stagepost.asyncapi.importing.Importer} is the entry. In: a list of topics ({@link
 * io.stagepost.asyncapi.importing.Topics}), a registry, and what neither of them knows ({@link
 * io.stagepost.asyncapi.importing.Heading}). Out: the text of one AsyncAPI document, whose comments
 * say what a person has to decide, and all that was left out, with the reason. The same input gives
 * the same text.
 */
@NullMarked
package io.stagepost.asyncapi.importing;

import org.jspecify.annotations.NullMarked;
