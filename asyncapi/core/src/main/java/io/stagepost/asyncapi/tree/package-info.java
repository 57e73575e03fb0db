/**
 * YAML and JSON text as one immutable tree, in which every value knows where it was written and
 * what its JSON pointer is.
 *
 * <p>In: text. Out: {@link io.stagepost.asyncapi.tree.Node}. A tree is what JSON can say: objects
 * with unique string keys, arrays, strings, exact decimals, booleans and null. Aliases and merge
 * keys of YAML are gone; what an alias stood for is repeated, with the pointer of where it is used
 * and the place of where it was written. Size, depth and number of nodes are bounded, so that
 * hostile text ends in a {@link io.stagepost.asyncapi.tree.MalformedException}.
 */
@NullMarked
package io.stagepost.asyncapi.tree;

import org.jspecify.annotations.NullMarked;
