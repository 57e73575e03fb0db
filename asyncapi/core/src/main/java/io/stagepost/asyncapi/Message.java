package io.stagepost.asyncapi;

import io.stagepost.asyncapi.tree.Node;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A message, its traits merged.
 *
 * @param key its key in the channel or among the components
 * @param name its name; its key if none is given
 * @param title null if none
 * @param summary null if none
 * @param description null if none
 * @param contentType the media type of the payload; the document's default if it names none; null
 *     if there is none either
 * @param payload what the payload looks like; null if that is not said
 * @param headers what the headers look like; null if that is not said
 * @param correlationId where the correlation id stands: a runtime expression; null if none
 * @param examples in order
 * @param deprecated whether it is marked so
 * @param tags the names of its tags
 * @param bindings by protocol
 * @param extensions the {@code x-} members
 * @param node what was written, with the traits' members; each knows its place
 */
public record Message(
    String key,
    String name,
    @Nullable String title,
    @Nullable String summary,
    @Nullable String description,
    @Nullable String contentType,
    @Nullable Payload payload,
    @Nullable Payload headers,
    @Nullable String correlationId,
    List<Example> examples,
    boolean deprecated,
    List<String> tags,
    Map<String, Node> bindings,
    Map<String, Node> extensions,
    Node node) {
  private static final List<String> TYPE_HEADERS =
      List.of("type", "ce_type", "ce-type", "cloudEvents_type", "cloudEvents:type");

  /**
   * The CloudEvents type: what {@code x-event-type} says, else the constant that the headers'
   * schema gives it, else the name if that has dots.
   *
   * @return null if none of these says it
   */
  public @Nullable String eventType() {
    Node said = extensions.get("x-event-type");
    if (said != null) {
      return said.text();
    }
    if (headers != null && headers.format().isJsonSchema()) {
      for (String header : TYPE_HEADERS) {
        String type = Fields.of(headers).constant(header);
        if (type != null) {
          return type;
        }
      }
    }
    return name.indexOf('.') >= 0 ? name : null;
  }

  /**
   * An example of a message.
   *
   * @param name null if none
   * @param summary null if none
   * @param headers null if it shows none
   * @param payload null if it shows none
   * @param node what was written
   */
  public record Example(
      @Nullable String name,
      @Nullable String summary,
      @Nullable Node headers,
      @Nullable Node payload,
      Node node) {}
}
