package io.stagepost;

import static java.util.Objects.requireNonNull;

import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.spi.Transport;
import java.util.ArrayList;
import java.util.List;

/**
 * What an application has promised in its AsyncAPI document, as far as it is checked when the
 * application starts: by {@link Messaging#prepare(Contract)} for what it sends, and by {@link
 * SubscriptionBuilder#start()} for what it receives. Generated from the document. Immutable.
 */
public final class Contract {
  private final String title;
  private final String version;
  private final String file;
  private final List<EventType<?>> sent;
  private final List<Promise> promises;

  private Contract(
      String title, String version, String file, List<EventType<?>> sent, List<Promise> promises) {
    this.title = title;
    this.version = version;
    this.file = file;
    this.sent = sent;
    this.promises = promises;
  }

  /** Something for which the transport must have a capability. */
  private record Promise(Capability capability, String where) {}

  /**
   * A contract that promises nothing yet.
   *
   * @param title the document's title
   * @param version the document's version
   * @param file the document's name, for people
   * @return the contract
   */
  public static Contract of(String title, String version, String file) {
    return new Contract(
        requireNonNull(title, "title"),
        requireNonNull(version, "version"),
        requireNonNull(file, "file"),
        List.of(),
        List.of());
  }

  /**
   * A copy that sends these too.
   *
   * @param types what it sends
   * @return the copy
   */
  public Contract sends(EventType<?>... types) {
    List<EventType<?>> all = new ArrayList<>(sent);
    all.addAll(List.of(types));
    return new Contract(title, version, file, List.copyOf(all), promises);
  }

  /**
   * A copy that promises what only a transport with a capability can keep.
   *
   * @param capability what it takes
   * @param where the promise's place, such as {@code
   *     shop.asyncapi.yaml#/components/messages/OrderPlaced/x-ordering-key}
   * @return the copy
   */
  public Contract promises(Capability capability, String where) {
    List<Promise> all = new ArrayList<>(promises);
    all.add(new Promise(requireNonNull(capability, "capability"), requireNonNull(where, "where")));
    return new Contract(title, version, file, sent, List.copyOf(all));
  }

  /**
   * The document's title.
   *
   * @return as it was given
   */
  public String title() {
    return title;
  }

  /**
   * The document's version.
   *
   * @return as it was given
   */
  public String version() {
    return version;
  }

  /**
   * What it sends.
   *
   * @return unmodifiable
   */
  public List<EventType<?>> sent() {
    return sent;
  }

  /** What it promises and the transport cannot keep. */
  List<String> problems(Transport transport) {
    return promises.stream()
        .filter(promise -> !transport.capabilities().has(promise.capability()))
        .map(
            promise ->
                "SP-API-043 The contract "
                    + this
                    + " promises at "
                    + promise.where()
                    + " what takes "
                    + promise.capability()
                    + ", which the transport "
                    + transport.name()
                    + " lacks: "
                    + transport.capabilities().whyLacking(promise.capability())
                    + ". Take the promise back, or use another transport.")
        .toList();
  }

  /**
   * Title, version and file.
   *
   * @return for people
   */
  @Override
  public String toString() {
    return title + " " + version + " (" + file + ")";
  }
}
