package io.stagepost.kafka;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ConsumerGroupHeartbeatRequest;
import org.apache.kafka.common.requests.RequestHeader;

/**
 * A heartbeat of the newer group protocol that somebody else sends in a member's name. Kafka's
 * admin client has no way to throw such a member out.
 */
final class HeartbeatRequest {
  private static final short VERSION = 1;

  private HeartbeatRequest() {}

  /** Says that the member leaves. It will learn that it is none when its own heart beats. */
  static void leave(String group, String member) {
    ByteBuffer request =
        new ConsumerGroupHeartbeatRequest.Builder(
                new ConsumerGroupHeartbeatRequestData()
                    .setGroupId(group)
                    .setMemberId(member)
                    .setMemberEpoch(ConsumerGroupHeartbeatRequest.LEAVE_GROUP_MEMBER_EPOCH))
            .build(VERSION)
            .serializeWithHeader(
                new RequestHeader(ApiKeys.CONSUMER_GROUP_HEARTBEAT, VERSION, "stagepost-test", 1));
    int colon = Broker.ADDRESS.lastIndexOf(':');
    try (Socket socket =
        new Socket(
            Broker.ADDRESS.substring(0, colon),
            Integer.parseInt(Broker.ADDRESS.substring(colon + 1)))) {
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      out.writeInt(request.remaining());
      out.write(request.array(), request.arrayOffset() + request.position(), request.remaining());
      out.flush();
      DataInputStream in = new DataInputStream(socket.getInputStream());
      ByteBuffer response = ByteBuffer.wrap(in.readNBytes(in.readInt()));
      // behind the correlation id, the (empty) tags of the header, and the throttle time
      Errors error = Errors.forCode(response.getShort(4 + 1 + 4));
      if (error != Errors.NONE && error != Errors.UNKNOWN_MEMBER_ID) {
        throw error.exception();
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
