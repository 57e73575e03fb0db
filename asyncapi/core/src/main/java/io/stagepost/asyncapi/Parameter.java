package io.stagepost.asyncapi;

import io.stagepost.asyncapi.tree.Node;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A parameter in a channel's address.
 *
 * @param name as it stands between braces
 * @param description null if none
 * @param values the only values that it takes; empty for any
 * @param defaultValue null if none
 * @param location where in a message it stands: a runtime expression; null if none is given
 * @param node what was written
 */
public record Parameter(
    String name,
    @Nullable String description,
    List<String> values,
    @Nullable String defaultValue,
    @Nullable String location,
    Node node) {}
