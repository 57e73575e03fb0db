package io.stagepost.asyncapi.tree;

/**
 * Something wrong with a text.
 *
 * @param rule which rule it breaks: {@code syntax}, {@code duplicate-key}, {@code json-value},
 *     {@code limit} or {@code encoding}
 * @param place where
 * @param pointer the JSON pointer of the node, or of the nearest one known
 * @param message what is wrong
 * @param remedy what to do
 */
public record Problem(String rule, Place place, Pointer pointer, String message, String remedy) {}
