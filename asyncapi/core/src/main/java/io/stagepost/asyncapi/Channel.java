package io.stagepost.asyncapi;

import io.stagepost.asyncapi.tree.Node;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where messages are sent to and received from: a topic, a queue, an exchange.
 *
 * @param key its key in the document
 * @param address perhaps with {@code {parameters}}; null where it is not known beforehand
 * @param title null if none
 * @param summary null if none
 * @param description null if none
 * @param messages what it carries, by key
 * @param parameters the parameters of its address, by name
 * @param servers where it is; all servers of the document if it names none
 * @param tags the names of its tags
 * @param bindings by protocol
 * @param extensions the {@code x-} members
 * @param node what was written
 */
public record Channel(
    String key,
    @Nullable String address,
    @Nullable String title,
    @Nullable String summary,
    @Nullable String description,
    Map<String, Message> messages,
    Map<String, Parameter> parameters,
    List<Server> servers,
    List<String> tags,
    Map<String, Node> bindings,
    Map<String, Node> extensions,
    Node node) {}
