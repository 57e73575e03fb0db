package io.stagepost.asyncapi.importing;

import java.util.List;
import java.util.Map;

/**
 * A contract that was made of topics and schemas. Immutable.
 *
 * @param yaml the document
 * @param channels how many it has
 * @param messages how many it has, those of no channel included
 * @param leftOut names of topics and subjects that are not in it, by the reason
 * @param notes what is in it, and not as one would expect
 * @param failures what should be in it, and cannot; each says why, and what to do
 */
public record Imported(
    String yaml,
    int channels,
    int messages,
    Map<String, List<String>> leftOut,
    List<String> notes,
    List<String> failures) {
  /**
   * Whether there was nothing to import.
   *
   * @return whether it has neither channels nor messages
   */
  public boolean isEmpty() {
    return channels == 0 && messages == 0;
  }
}
