package com.acme.wire;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Stands between a consumer and a provider, passes every byte on, and keeps the frames that it sees. */
final class Recorder {
    private static final int HEADER = 16;
    private static final int BODY_LENGTH_AT = 12;
    private static final int EVENT = 0x20;

    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int provider;
    /** Calls on their way to the provider, and answers on their way back. */
    private final BlockingQueue<byte[]> toProvider = new LinkedBlockingQueue<>();
    private final BlockingQueue<byte[]> toConsumer = new LinkedBlockingQueue<>();
    /** Heartbeats and the like, both ways. */
    private final BlockingQueue<byte[]> events = new LinkedBlockingQueue<>();

    Recorder(int provider) throws IOException {
        this.provider = provider;
        run("accept", this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    byte[] request() throws InterruptedException {
        return take(toProvider);
    }

    byte[] reply() throws InterruptedException {
        return take(toConsumer);
    }

    byte[] event() throws InterruptedException {
        return take(events);
    }

    private static byte[] take(BlockingQueue<byte[]> frames) throws InterruptedException {
        byte[] frame = frames.poll(10, TimeUnit.SECONDS);
        if (frame == null) {
            throw new IllegalStateException("no frame came");
        }
        return frame;
    }

    private interface Job {
        void run() throws IOException;
    }

    private static void run(String name, Job job) {
        Thread thread = new Thread(() -> {
            try {
                job.run();
            } catch (IOException closed) {
                // One side ended; so does this.
            }
        }, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() throws IOException {
        while (true) {
            Socket consumer = listener.accept();
            Socket server = new Socket(InetAddress.getLoopbackAddress(), provider);
            run("to provider", () -> pass(consumer, server, toProvider));
            run("to consumer", () -> pass(server, consumer, toConsumer));
        }
    }

    private void pass(Socket from, Socket to, BlockingQueue<byte[]> calls) throws IOException {
        DataInputStream input = new DataInputStream(from.getInputStream());
        OutputStream output = to.getOutputStream();
        while (true) {
            byte[] header = new byte[HEADER];
            input.readFully(header);
            byte[] frame = new byte[HEADER + ByteBuffer.wrap(header).getInt(BODY_LENGTH_AT)];
            System.arraycopy(header, 0, frame, 0, HEADER);
            input.readFully(frame, HEADER, frame.length - HEADER);
            ((header[2] & EVENT) != 0 ? events : calls).add(frame);
            output.write(frame);
            output.flush();
        }
    }
}
