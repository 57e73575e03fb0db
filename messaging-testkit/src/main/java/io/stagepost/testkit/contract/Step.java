package io.stagepost.testkit.contract;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.DecodeException;
import io.stagepost.EventType;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;

/** The suite's payload: the n-th step of a key. As text: {@code key#number}. */
record Step(String key, int number) {
  static final Codec CODEC = new StepCodec();

  static EventType<Step> on(String address) {
    return as("test.step.v1", address);
  }

  static EventType<Step> as(String type, String address) {
    return EventType.of(type, Step.class)
        .source("urn:test:contract")
        .channel(address)
        .key(Step::key)
        .codec(CODEC);
  }

  @Override
  public String toString() {
    return key + "#" + number;
  }

  private static final class StepCodec implements Codec {
    @Override
    public <T> Encoded encode(EventType<T> type, T data) {
      return Encoded.of(data.toString().getBytes(UTF_8), "text/plain");
    }

    @Override
    public <T> T decode(EventType<T> type, Encoded encoded) {
      String text = new String(encoded.bytes(), UTF_8);
      int hash = text.lastIndexOf('#');
      try {
        return type.payload()
            .cast(new Step(text.substring(0, hash), Integer.parseInt(text.substring(hash + 1))));
      } catch (IndexOutOfBoundsException | NumberFormatException noStep) {
        throw new DecodeException(
            "SP-TEST-040",
            "The "
                + encoded.bytes().length
                + " bytes are no step of the contract suite: key#number.",
            noStep);
      }
    }
  }
}
