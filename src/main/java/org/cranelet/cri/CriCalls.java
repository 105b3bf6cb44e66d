package org.cranelet.cri;

import io.grpc.MethodDescriptor;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import org.cranelet.metrics.Meters;
import org.cranelet.transport.RpcClient;
import org.cranelet.transport.RpcException;

/** Makes single calls: measures them, bounds how many of a kind go on, and names their failures. */
final class CriCalls {
  /** What creates at once; the runtime forks for each, and stops must not wait behind them. */
  private static final int CREATES = 16;

  private final RpcClient client;
  private final Meters meters;
  private final Semaphore creates = new Semaphore(CREATES, true);

  CriCalls(RpcClient client, Meters meters) {
    this.client = client;
    this.meters = meters;
  }

  RpcClient client() {
    return client;
  }

  /**
   * @param operand what the call is about, for the message
   */
  <Q, R> R call(MethodDescriptor<Q, R> method, Q request, String operand, Duration deadline) {
    String name = String.valueOf(method.getBareMethodName());
    long start = System.nanoTime();
    boolean ok = false;
    try {
      R answer = client.call(method, request, deadline);
      ok = true;
      return answer;
    } catch (RpcException e) {
      throw CriException.of(name, operand, e);
    } finally {
      meters.criCall(name, ok, System.nanoTime() - start);
    }
  }

  /** As {@link #call}, for calls that make something: at most {@value #CREATES} at once. */
  <Q, R> R create(MethodDescriptor<Q, R> method, Q request, String operand, Duration deadline) {
    creates.acquireUninterruptibly();
    try {
      return call(method, request, operand, deadline);
    } finally {
      creates.release();
    }
  }
}
