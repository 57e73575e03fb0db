package io.stagepost.asyncapi;

import io.stagepost.asyncapi.tree.Node;
import io.stagepost.asyncapi.tree.Place;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Merges traits as AsyncAPI 3 says: by JSON Merge Patch (RFC 7386), in order, a later trait over an
 * earlier one, and the object itself over all of them. What is merged keeps its places.
 */
final class Traits {
  /** The deepest that merging goes; below, the later value replaces the earlier. */
  private static final int DEPTH = 64;

  private final Documents documents;

  Traits(Documents documents) {
    this.documents = documents;
  }

  /** The object with its traits merged into it; the object itself if it has none. */
  Node applied(Node object) {
    Node traits = object.get("traits");
    if (traits == null || traits.items().isEmpty()) {
      return object;
    }
    Node merged = null;
    for (Node trait : traits.items()) {
      Node followed = documents.follow(trait);
      if (followed != null && followed.isObject()) {
        merged = merged == null ? followed : merged(merged, followed, 0);
      }
    }
    return merged == null ? object : merged(merged, object, 0);
  }

  private Node merged(@Nullable Node below, Node above, int depth) {
    if (below == null || depth > DEPTH) {
      return above;
    }
    Node lower = objects(below);
    Node upper = objects(above);
    if (lower == null || upper == null) {
      return above;
    }
    Map<String, Node> members = new LinkedHashMap<>(upper.members());
    Map<String, Place> keys = new LinkedHashMap<>();
    upper.members().keySet().forEach(key -> keys.put(key, upper.keyPlace(key)));
    lower
        .members()
        .forEach(
            (key, value) -> {
              Node patch = members.get(key);
              if (patch == null) {
                members.put(key, value);
                keys.put(key, lower.keyPlace(key));
              } else if (patch.kind() == Node.Kind.NULL) {
                members.remove(key);
              } else {
                members.put(key, merged(value, patch, depth + 1));
              }
            });
    return Node.object(upper.place(), upper.pointer(), members, keys);
  }

  /** An object, references to it followed; null for anything else. */
  private @Nullable Node objects(Node node) {
    Node followed = documents.follow(node);
    return followed != null && followed.isObject() ? followed : null;
  }
}
