package io.stagepost.benchmarks.contestant;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Random;

/** An event's body: 1 KiB of random bytes that begin with what the oracle needs to know. */
public final class Body {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final byte[] RANDOM = new byte[1_024];

  static {
    new Random(1).nextBytes(RANDOM);
  }

  private Body() {}

  /**
   * A body.
   *
   * @param index of the event in its topic
   * @param key the number of its key
   * @param sequence how many events of its key came before it
   * @return the bytes
   */
  public static byte[] of(int index, int key, int sequence) {
    byte[] body = RANDOM.clone();
    INT.set(body, 0, index);
    INT.set(body, 4, key);
    INT.set(body, 8, sequence);
    return body;
  }

  static int index(byte[] body) {
    return (int) INT.get(body, 0);
  }

  static int key(byte[] body) {
    return (int) INT.get(body, 4);
  }

  static int sequence(byte[] body) {
    return (int) INT.get(body, 8);
  }
}
