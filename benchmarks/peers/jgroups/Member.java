import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jgroups.JChannel;
import org.jgroups.Message;
import org.jgroups.ReceiverAdapter;
import org.jgroups.View;

/**
 * One member of a group over JGroups with its own SEQUENCER stack, driven as benchmarks/README.md says.
 *
 * <p>Arguments: MEMBERS INDEX SIZE WARMUP SECONDS throughput|latency. The flow control is the library's own:
 * {@code send} blocks while there is no credit. Where latency is measured, messages are not held back to be
 * bundled, which is the library's setting for it.
 */
public final class Member extends ReceiverAdapter {
    private static final byte READY = 1, DATA = 2, LAST = 3;
    private static final int HEADER = 16, MOST_SAMPLES = 1 << 20;
    private static final long READY_AGAIN_MS = 200, GIVE_UP_S = 60;
    private static final long FNV_BASIS = 0xcbf29ce484222325L, FNV_PRIME = 0x100000001b3L;

    private enum Phase { WARMING, COUNTING, CLOSED }

    private final int members, self, size;
    private final double warmup, seconds;
    private final boolean throughput;
    private final JChannel channel;

    private final CountDownLatch started = new CountDownLatch(1), everyLast = new CountDownLatch(1);
    private final Semaphore turn = new Semaphore(0);
    private final boolean[] readyOf;
    private final long[] expected;
    private final double[] samples = new double[MOST_SAMPLES];
    private int readies, lasts, sampled;
    private long delivered, messages, digest = FNV_BASIS, cpuOpened, cpuClosed;
    private double began, opened, closed;
    private volatile int inView;
    private volatile double sentAt;
    private volatile Phase phase = Phase.WARMING;

    private Member(String[] args) throws Exception {
        members = Integer.parseInt(args[0]);
        self = Integer.parseInt(args[1]);
        size = Integer.parseInt(args[2]);
        warmup = Double.parseDouble(args[3]);
        seconds = Double.parseDouble(args[4]);
        throughput = args[5].equals("throughput");
        readyOf = new boolean[members];
        expected = new long[members];
        channel = new JChannel("sequencer.xml");
        if (!throughput) {
            channel.getProtocolStack().getTransport().setValue("enable_bundling", false);
        }
        channel.setReceiver(this);
    }

    private static double now() {
        return System.nanoTime() / 1e9;
    }

    private static long cpu() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private static void fail(String why) {
        System.err.println("JGroups member: " + why);
        Runtime.getRuntime().halt(3);
    }

    private synchronized void clockOn(double at) {
        if (phase == Phase.WARMING && at >= began + warmup) {
            phase = Phase.COUNTING;
            opened = at;
            cpuOpened = cpu();
        }
        if (phase == Phase.COUNTING && at >= opened + seconds) {
            phase = Phase.CLOSED;
            closed = at;
            cpuClosed = cpu();
        }
    }

    private void send(byte kind, long number) throws Exception {
        byte[] payload = new byte[size];
        ByteBuffer.wrap(payload).put(kind).put((byte) self).putLong(8, number);
        if (size > HEADER) {
            payload[size - 1] = (byte) number;
        }
        sentAt = kind == DATA ? now() : sentAt;
        channel.send(new Message(null, null, payload));
    }

    @Override
    public void viewAccepted(View view) {
        if (started.getCount() == 0 && view.size() < members) {
            fail("a member left while the group was measured");
        }
        inView = view.size();
    }

    @Override
    public synchronized void receive(Message message) {
        ByteBuffer octets = ByteBuffer.wrap(message.getRawBuffer(), message.getOffset(), message.getLength()).slice();
        int sender = octets.get(1);
        if (octets.remaining() != size || sender < 0 || sender >= members) {
            fail("a message that no member sends");
        }
        switch (octets.get(0)) {
            case READY -> onReady(sender);
            case DATA -> onData(octets, sender);
            case LAST -> {
                if (++lasts == members) {
                    everyLast.countDown();
                }
            }
            default -> fail("a message of no known kind");
        }
    }

    private void onReady(int sender) {
        readies += readyOf[sender] ? 0 : 1;
        readyOf[sender] = true;
        if (readies == members && started.getCount() > 0) {
            began = now();
            started.countDown();
            if (self == 0) {
                turn.release();
            }
        }
    }

    private void onData(ByteBuffer octets, int sender) {
        long number = octets.getLong(8);
        if (number != expected[sender]++) {
            fail("a message is lost or out of its sender's order");
        }
        if (size > HEADER && octets.get(size - 1) != (byte) number) {
            fail("a message came damaged");
        }
        digest = (digest ^ ((long) sender << 56 | number)) * FNV_PRIME;
        messages++;
        double at = now();
        clockOn(at);
        if (phase == Phase.COUNTING) {
            delivered++;
            if (!throughput && sender == self && sampled < MOST_SAMPLES) {
                samples[sampled++] = at - sentAt;
            }
        }
        if ((sender + 1) % members == self) {
            turn.release();
        }
    }

    private void run() throws Exception {
        channel.connect("bench");
        System.out.println("{\"joined\": true}");
        double limit = now() + GIVE_UP_S;
        do {
            if (inView == members) {
                send(READY, 0);
            }
            if (now() > limit) {
                fail("the group never came together");
            }
        } while (!started.await(READY_AGAIN_MS, TimeUnit.MILLISECONDS));

        long number = 0;
        for (clockOn(now()); phase != Phase.CLOSED; clockOn(now())) {
            if (throughput || turn.tryAcquire(5, TimeUnit.MILLISECONDS)) {
                send(DATA, number++);
            }
        }
        send(LAST, 0);
        if (!everyLast.await(GIVE_UP_S, TimeUnit.SECONDS)) {
            fail("the group never came to its end");
        }
        report();
        // Nobody leaves before all have reported: the driver closes our input then.
        while (System.in.read() >= 0) {
            continue;
        }
        // A farewell would only make the others form new views while they go too.
        Runtime.getRuntime().halt(0);
    }

    private synchronized void report() {
        Arrays.sort(samples, 0, sampled);
        String latency = sampled == 0
                ? "\"median_us\": null, \"p99_us\": null"
                : String.format(Locale.ROOT, "\"median_us\": %.1f, \"p99_us\": %.1f",
                        samples[sampled / 2] * 1e6, samples[(int) (sampled * 99L / 100)] * 1e6);
        System.out.printf(Locale.ROOT,
                "{\"member\": %d, \"delivered\": %d, \"seconds\": %.6f, %s, \"cpu_seconds\": %.3f, "
                        + "\"messages\": %d, \"order_digest\": \"%016x\"}%n",
                self, delivered, closed - opened, latency, (cpuClosed - cpuOpened) / 1e9, messages, digest);
        System.out.flush();
    }

    public static void main(String[] args) throws Exception {
        if (args.length != 6) {
            System.err.println("usage: Member MEMBERS INDEX SIZE WARMUP SECONDS throughput|latency");
            System.exit(2);
        }
        new Member(args).run();
    }
}
