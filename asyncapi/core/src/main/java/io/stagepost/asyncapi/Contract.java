package io.stagepost.asyncapi;

import io.stagepost.asyncapi.tree.Node;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An AsyncAPI 3 document: what an application sends and receives, with references followed and
 * traits merged. Immutable; every part knows where it was written. What it does not name is in its
 * {@code node}.
 *
 * @param file the file that it was read from, as it was named
 * @param specification the version of the specification, such as {@code 3.0.0}
 * @param id the application's identifier; null if none
 * @param title the application's title
 * @param version the contract's version
 * @param description null if none
 * @param defaultContentType null if none
 * @param servers by key, in order
 * @param channels by key, in order
 * @param operations by key, in order
 * @param messages those of the components, by key, in order
 * @param extensions the {@code x-} members of the document and of its {@code info}; where both have
 *     one, the document's
 * @param node the whole document, as it was written
 */
public record Contract(
    String file,
    String specification,
    @Nullable String id,
    String title,
    String version,
    @Nullable String description,
    @Nullable String defaultContentType,
    Map<String, Server> servers,
    Map<String, Channel> channels,
    Map<String, Operation> operations,
    Map<String, Message> messages,
    Map<String, Node> extensions,
    Node node) {}
