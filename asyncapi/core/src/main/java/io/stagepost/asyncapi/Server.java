package io.stagepost.asyncapi;

import io.stagepost.asyncapi.tree.Node;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A broker, or another server of messages.
 *
 * @param key its key in the document
 * @param host host and port, perhaps with {@code {variables}}
 * @param pathname the path behind the host; null if none
 * @param protocol such as {@code kafka-secure} or {@code amqp}
 * @param protocolVersion null if none is given
 * @param security the security schemes, with references followed; one of them suffices
 * @param tags the names of its tags
 * @param bindings by protocol
 * @param extensions the {@code x-} members
 * @param node what was written
 */
public record Server(
    String key,
    String host,
    @Nullable String pathname,
    String protocol,
    @Nullable String protocolVersion,
    List<Node> security,
    List<String> tags,
    Map<String, Node> bindings,
    Map<String, Node> extensions,
    Node node) {}
