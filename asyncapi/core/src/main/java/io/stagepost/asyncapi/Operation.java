package io.stagepost.asyncapi;

import io.stagepost.asyncapi.tree.Node;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the application does: it sends to a channel, or receives from it. Its traits are merged.
 *
 * @param key its key in the document
 * @param action what it does
 * @param channel where
 * @param messages what it sends or receives: all messages of the channel if it names none
 * @param reply what answers; null for no reply
 * @param title null if none
 * @param summary null if none
 * @param description null if none
 * @param security the security schemes, with references followed; one of them suffices
 * @param tags the names of its tags
 * @param bindings by protocol
 * @param extensions the {@code x-} members
 * @param node what was written, with the traits' members; each knows its place
 */
public record Operation(
    String key,
    Action action,
    Channel channel,
    List<Message> messages,
    @Nullable Reply reply,
    @Nullable String title,
    @Nullable String summary,
    @Nullable String description,
    List<Node> security,
    List<String> tags,
    Map<String, Node> bindings,
    Map<String, Node> extensions,
    Node node) {

  /**
   * What the subscription of an operation that receives is called, as far as the contract says it:
   * {@code x-subscription}, else the only group that its Kafka binding allows.
   *
   * @return the name, which is a consumer group's
   */
  public Optional<String> subscription() {
    Node said = extensions.get("x-subscription");
    if (said != null && said.text() != null) {
      return Optional.ofNullable(said.text());
    }
    Node kafka = bindings.get("kafka");
    Node group = kafka == null ? null : kafka.get("groupId");
    if (group == null) {
      return Optional.empty();
    }
    Node several = group.get("enum");
    return Optional.ofNullable(
        group.text("const") == null && several != null && several.items().size() == 1
            ? several.items().get(0).text()
            : group.text("const"));
  }

  /** What an application does with messages. */
  public enum Action {
    /** It sends them. */
    SEND,
    /** It receives them. */
    RECEIVE
  }

  /**
   * What answers a message.
   *
   * @param address where the address for the reply stands: a runtime expression; null if none
   * @param channel the channel of the reply; null if none is given
   * @param messages what may answer: all messages of the channel if none are named
   * @param node what was written
   */
  public record Reply(
      @Nullable String address, @Nullable Channel channel, List<Message> messages, Node node) {}
}
