package io.stagepost.asyncapi.diff;

import io.stagepost.asyncapi.Server;
import io.stagepost.asyncapi.diff.Matching.Pair;
import io.stagepost.asyncapi.tree.Node;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compares servers, and what they ask of clients. */
final class ServerDiff {
  private final Changes changes;
  private final Scope document;

  ServerDiff(Changes changes, Scope document) {
    this.changes = changes;
    this.document = document;
  }

  void compare(Map<String, Server> older, Map<String, Server> newer) {
    Matching<Server> matching = Matching.servers(older, newer);
    matching
        .removed()
        .forEach(
            (key, server) ->
                changes.add(
                    new Scope("server " + key, Roles.BOTH, document.exempt(), document.above()),
                    DiffRule.SERVER_REMOVED,
                    Effect.BREAKS,
                    server.node(),
                    null,
                    "the server " + server.host() + " is gone",
                    "Keep it until nobody connects to it."));
    matching
        .added()
        .forEach(
            (key, server) ->
                changes.add(
                    document.within("server " + key, server.node()),
                    DiffRule.SERVER_ADDED,
                    Effect.NOTHING,
                    null,
                    server.node(),
                    "the server " + server.host() + " is new",
                    "Nothing to do."));
    matching.pairs().forEach(this::compare);
  }

  private void compare(Pair<Server> pair) {
    Server older = pair.older();
    Server newer = pair.newer();
    Scope scope = document.within("server " + pair.oldKey(), newer.node()).of(Roles.BOTH);
    if (pair.isRenamed()) {
      changes.add(
          scope,
          DiffRule.SERVER_RENAMED,
          Effect.NOTHING,
          older.node(),
          newer.node(),
          "its key is " + pair.newKey() + " now",
          "Mend what names it, or keep the key.");
    }
    if (!older.host().equals(newer.host()) || !Objects.equals(older.pathname(), newer.pathname())) {
      changes.add(
          scope,
          DiffRule.SERVER_HOST,
          Effect.BREAKS,
          older.node(),
          newer.node(),
          "its host goes from " + address(older) + " to " + address(newer),
          "Let both names lead to it for a while, or waive this where clients do not take it from"
              + " the contract.");
    }
    if (!older.protocol().equals(newer.protocol())
        || !Objects.equals(older.protocolVersion(), newer.protocolVersion())) {
      changes.add(
          scope,
          DiffRule.SERVER_PROTOCOL,
          older.protocol().equals(newer.protocol()) ? Effect.UNCLEAR : Effect.BREAKS,
          older.node(),
          newer.node(),
          "its protocol goes from " + protocol(older) + " to " + protocol(newer),
          "Offer both for a while, as two servers.");
    }
    variables(scope, older.node().get("variables"), newer.node().get("variables"));
    security(changes, scope, older.node(), newer.node(), older.security(), newer.security());
    new BindingDiff(changes, scope).compare("server", older.bindings(), newer.bindings());
    Contents.texts(changes, scope, older.node(), newer.node());
    Contents.extensions(changes, scope, older.extensions(), newer.extensions());
  }

  private static String address(Server server) {
    return server.host() + (server.pathname() == null ? "" : server.pathname());
  }

  private static String protocol(Server server) {
    return server.protocol()
        + (server.protocolVersion() == null ? "" : " " + server.protocolVersion());
  }

  private void variables(Scope scope, @Nullable Node older, @Nullable Node newer) {
    if (older == null || newer == null) {
      return; // The host tells of it.
    }
    older
        .members()
        .forEach(
            (name, before) -> {
              Node after = newer.get(name);
              if (after == null || Contents.same(before, after)) {
                return;
              }
              Set<String> gone = texts(before.get("enum"));
              Set<String> left = texts(after.get("enum"));
              boolean narrower =
                  after.get("enum") != null && (gone.isEmpty() || !left.containsAll(gone));
              boolean other = !Contents.same(before.get("default"), after.get("default"));
              changes.add(
                  scope,
                  DiffRule.SERVER_VARIABLE,
                  narrower ? Effect.BREAKS : other ? Effect.UNCLEAR : Effect.NOTHING,
                  before,
                  after,
                  "the variable "
                      + name
                      + (narrower
                          ? " takes fewer values"
                          : other ? " has another default" : " changed"),
                  "Keep the values that clients may have chosen.");
            });
  }

  private static Set<String> texts(@Nullable Node list) {
    Set<String> texts = new LinkedHashSet<>();
    if (list != null) {
      list.items().forEach(each -> texts.add(String.valueOf(each.text())));
    }
    return texts;
  }

  /** One of the schemes suffices, so that one more is safe and one less is not. */
  static void security(
      Changes changes,
      Scope scope,
      Node oldHolder,
      Node newHolder,
      List<Node> older,
      List<Node> newer) {
    boolean gone =
        older.stream().anyMatch(each -> newer.stream().noneMatch(other -> alike(each, other)));
    boolean added =
        newer.stream().anyMatch(each -> older.stream().noneMatch(other -> alike(each, other)));
    if (!gone && !added) {
      return;
    }
    boolean breaks = (gone && !newer.isEmpty()) || older.isEmpty();
    Node before = oldHolder.get("security");
    Node after = newHolder.get("security");
    changes.add(
        scope.of(Roles.BOTH),
        DiffRule.SECURITY,
        breaks ? Effect.BREAKS : Effect.NOTHING,
        before,
        after == null ? newHolder : after,
        breaks
            ? "clients that could log in "
                + (older.isEmpty() ? "without a scheme" : "so")
                + " no longer can"
            : "there are more ways to log in",
        breaks ? "Offer both for a while." : "Nothing to do.");
  }

  private static boolean alike(Node one, Node other) {
    Set<String> keys = new LinkedHashSet<>(one.members().keySet());
    keys.addAll(other.members().keySet());
    keys.remove("description");
    return keys.stream()
        .filter(key -> !key.startsWith("x-"))
        .allMatch(key -> Contents.same(one.get(key), other.get(key)));
  }
}
