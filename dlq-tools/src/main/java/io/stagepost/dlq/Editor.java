package io.stagepost.dlq;

import static java.util.Objects.requireNonNull;

import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.stagepost.DecodeException;
import io.stagepost.MessagingException;
import io.stagepost.dlq.Entry.Kind;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Message;
import io.stagepost.spi.Sender;
import io.stagepost.spi.Transport;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Repairs letters: writes an edited copy to the dead-letter address, and notes that it took the
 * place of the first, which stays where it lies. The copy tells of the same failure, and is
 * replayed like any letter. Thread-safe; its methods block.
 */
public final class Editor {
  /** The extension with the id that an event had before it was edited. */
  static final String EDIT_OF = "editof";

  /** The letter that was edited, on one that holds no event. */
  static final String EDITED_LETTER = FailureHeaders.PREFIX + "edit-of";

  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final Transport transport;
  private final Ledger ledger;
  private final Duration silence;

  private Editor(Transport transport, Ledger ledger, Duration silence) {
    this.transport = transport;
    this.ledger = ledger;
    this.silence = silence;
  }

  /**
   * An editor.
   *
   * @param transport the broker; it stays the caller's
   * @param ledger its ledger
   * @return an editor
   */
  public static Editor of(Transport transport, Ledger ledger) {
    return new Editor(
        requireNonNull(transport, "transport"), requireNonNull(ledger, "ledger"), Claim.SILENCE);
  }

  /**
   * A copy that takes another time to tell a run that has died from one that is at work.
   *
   * @param silence as {@link Replay#takingOverAfter} says
   * @return the copy
   */
  public Editor takingOverAfter(Duration silence) {
    return new Editor(transport, ledger, requireNonNull(silence));
  }

  /**
   * What a letter would be, edited. Sends nothing.
   *
   * @param letter as it lies
   * @param change what is to be different
   * @return the same letter with the change, another CloudEvents id, and the extension {@code
   *     editof}
   * @throws MessagingException {@code SP-DLQ-017} if the change does not fit its payload, or is
   *     none; {@code SP-DLQ-164} if a value would be of another kind; {@code SP-DLQ-165} if what is
   *     JSON would be none; {@code SP-DLQ-166} if it would no longer hold an event
   */
  public Letter edited(Letter letter, Change change) {
    CloudEvent event = letter.event();
    Message message;
    if (event == null) {
      message = change.headers(change.in(letter.message()));
    } else {
      CloudEvent changed = change.in(event);
      message =
          change.headers(
              changed.equals(event) ? letter.message() : Outgoing.bind(transport, letter, changed));
    }
    if (Arrays.equals(Plan.Hash.ofContents(message), Plan.Hash.ofContents(letter.message()))) {
      throw new MessagingException("SP-DLQ-017", "Nothing would be different in " + letter.id());
    }
    Letter changed = decoded(letter, message);
    if (event != null) {
      requireSameEvent(event, changed);
    }
    requireJson(letter, changed);
    return decoded(letter, named(letter, changed));
  }

  private static void requireSameEvent(CloudEvent event, Letter changed) {
    CloudEvent edited = changed.event();
    if (edited == null) {
      throw new MessagingException(
          "SP-DLQ-166",
          "Edited so, "
              + changed.id()
              + " would hold no CloudEvent any more. Leave what every event needs (id, source, type,"
              + " specversion). "
              + changed.unreadable());
    }
    if (!edited.getId().equals(event.getId())) {
      throw new MessagingException(
          "SP-DLQ-017", "The id of an edited letter is made of what it holds, and cannot be set.");
    }
  }

  /** What a reader takes for JSON must be that, and what was JSON and says nothing else, too. */
  private static void requireJson(Letter letter, Letter changed) {
    byte[] before = data(letter);
    byte[] after = data(changed);
    String type = changed.event() == null ? null : changed.event().getDataContentType();
    boolean isJson =
        type == null
            ? Change.whyNoJson(before) == null
            : type.matches("(?i)[^;]*[/+]json\\s*(?:;.*)?");
    String why = isJson && !Arrays.equals(before, after) ? Change.whyNoJson(after) : null;
    if (why != null) {
      throw new MessagingException(
          "SP-DLQ-165",
          "The payload of "
              + changed.id()
              + " would be no JSON, "
              + (type == null ? "which it was" : "and says that it is " + type)
              + ": "
              + why
              + ". Mend it; if another form is meant, give the event another content type, too.");
    }
  }

  private static byte[] data(Letter letter) {
    CloudEvent event = letter.event();
    CloudEventData data = event == null ? null : event.getData();
    byte[] bytes = event == null ? letter.message().body() : data == null ? null : data.toBytes();
    return bytes == null ? new byte[0] : bytes;
  }

  /** With an id that is the same whenever the same change is made to the same letter. */
  private Message named(Letter letter, Letter changed) {
    String id =
        UUID.nameUUIDFromBytes(
                HexFormat.of().formatHex(Plan.Hash.of(changed)).getBytes(StandardCharsets.US_ASCII))
            .toString();
    CloudEvent event = changed.event();
    if (event == null) {
      return Change.none().header(EDITED_LETTER, bytes(letter.id())).headers(changed.message());
    }
    String before = letter.event() == null ? letter.id() : letter.event().getId();
    return Outgoing.bind(
        transport,
        changed,
        CloudEventBuilder.from(event).withId(id).withExtension(EDIT_OF, before).build());
  }

  private Letter decoded(Letter letter, Message message) {
    try {
      return new Letter(message, letter.at(), letter.failure(), transport.decode(message), null);
    } catch (DecodeException unreadable) {
      return new Letter(message, letter.at(), letter.failure(), null, unreadable.getMessage());
    }
  }

  /**
   * Makes sure that a letter has not been dealt with.
   *
   * @param letter as it lies
   * @throws MessagingException {@code SP-DLQ-018} if it has
   */
  public void requireOpen(Letter letter) {
    @Nullable Kind resolution = ledger.state(letter.at().address()).resolution(letter);
    if (resolution != null) {
      throw new MessagingException(
          "SP-DLQ-018",
          "The letter "
              + letter.id()
              + " was dealt with: "
              + Draft.word(resolution)
              + ". Restore it first if it was discarded.");
    }
  }

  /**
   * Writes an edited copy, and then notes that it took the letter's place. If that is cut short
   * between the two, both lie there, and editing it again in the same way gives the same id.
   *
   * @param edited as {@link #edited} gives it
   * @return the run's name in the ledger
   * @throws MessagingException {@code SP-DLQ-018} if the letter was dealt with meanwhile; {@code
   *     SP-DLQ-003} if a run is at work there; others if the copy could not be written
   */
  public String write(Letter edited) {
    String address = edited.at().address();
    String run = "edit-" + UUID.randomUUID().toString().substring(0, 8);
    ledger.provision(address);
    String note = "edits " + edited.id();
    try (Claim claim = Claim.of(ledger, run, address, note, silence, new StopSignal())) {
      try {
        requireOpen(edited);
      } catch (MessagingException dealtWith) {
        claim.end("refused");
        throw dealtWith;
      }
      var unused = claim.request(); // nobody may have taken over meanwhile
      send(edited.message().to(address));
      Positions one = new Positions();
      one.add(edited.at());
      ledger.append(Kind.EDITED, run, address, one, note);
      claim.end("done");
      return run;
    }
  }

  private void send(Message message) {
    try (Sender sender = transport.sender(TIMEOUT)) {
      var unused = sender.send(message).join();
    } catch (CompletionException failed) {
      Throwable cause = Objects.requireNonNullElse(failed.getCause(), failed);
      throw cause instanceof MessagingException told
          ? told
          : new MessagingException(
              "SP-DLQ-019", "The edited letter could not be written: " + cause.getMessage(), cause);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
