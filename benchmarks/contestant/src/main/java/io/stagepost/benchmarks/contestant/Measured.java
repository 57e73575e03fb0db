package io.stagepost.benchmarks.contestant;

/**
 * An event that is sent, the same whoever sends it.
 *
 * @param key the ordering key
 * @param body the data
 */
public record Measured(String key, byte[] body) {
  /** The attribute {@code source} of all of them. */
  public static final String SOURCE = "urn:example:benchmark";

  /** The attribute {@code type} of all of them. */
  public static final String TYPE = "com.example.measured.v1";

  /** The attribute {@code datacontenttype} of all of them. */
  public static final String CONTENT_TYPE = "application/octet-stream";

  /**
   * One of a load's.
   *
   * @param index from 0
   * @param load which
   * @return the event
   */
  public static Measured at(int index, Load load) {
    int key = load.keyOf(index);
    return new Measured("key-" + key, Body.of(index, key, load.sequenceOf(index)));
  }

  /**
   * One that is none of a load's, to warm up a connection.
   *
   * @return the event
   */
  public static Measured warm() {
    return new Measured("warm", new byte[1]);
  }
}
