package dev.godwit.runner;

import dev.godwit.idl.core.v1.Link;
import dev.godwit.idl.runner.v1.Attempt;
import dev.godwit.idl.runner.v1.Command;
import dev.godwit.idl.runner.v1.Dropped;
import dev.godwit.idl.runner.v1.Hello;
import dev.godwit.idl.runner.v1.Linked;
import dev.godwit.idl.runner.v1.Report;
import dev.godwit.idl.runner.v1.Result;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** Speaks {@code runner/v1}: commands in, reports out, one attempt at a time. */
final class StreamRunner {
    private static final int PROTOCOL_VERSION = 1;

    private final OutputStream sink;
    private final LogFile log;
    private final Session session = new Session();
    private final Surroundings surroundings;
    private final Meter meter = new Meter();
    private final BlockingQueue<Optional<Command>> received = new LinkedBlockingQueue<>();
    private final Deque<Attempt> waiting = new ArrayDeque<>();
    private boolean open = true;

    /**
     * A runner on a connection.
     *
     * @param sink where reports go
     * @param log where task code prints to
     */
    StreamRunner(OutputStream sink, LogFile log) {
        this.sink = sink;
        this.log = log;
        this.surroundings = new Surroundings(Optional.empty(), this::link, System.getenv());
    }

    /**
     * Runs what is sent until told to stop, or until the other side is gone.
     *
     * @param source where commands come from
     * @throws IOException the other side is gone, or the file for output cannot be opened
     * @throws InterruptedException the process is to end
     */
    void serve(InputStream source) throws IOException, InterruptedException {
        send(Report.newBuilder()
                .setHello(Hello.newBuilder()
                        .setProtocolVersion(PROTOCOL_VERSION)
                        .setSdk(Main.SDK)
                        .setProcessId(ProcessHandle.current().pid()))
                .build());
        Thread reader = new Thread(() -> receive(new BufferedInputStream(source)), "godwit-commands");
        reader.setDaemon(true);
        reader.start();
        while (open || !waiting.isEmpty()) {
            if (waiting.isEmpty()) {
                take(received.take());
            } else {
                runWaiting();
            }
        }
    }

    private void receive(InputStream source) {
        Optional<Command> command;
        do {
            try {
                command = Frames.read(Command.parser(), source);
            } catch (IOException error) {
                command = Optional.empty(); // nothing after it can be trusted
            }
            received.add(command);
        } while (command.isPresent());
    }

    /** Takes a command; an empty one says that the other side is gone, and what waits is no longer wanted. */
    private void take(Optional<Command> command) throws IOException {
        if (command.isEmpty()) {
            open = false;
            waiting.clear();
            return;
        }
        switch (command.get().getKindCase()) {
            case PREPARE -> {
                var prepare = command.get().getPrepare();
                session.prepare(prepare.getTask(), prepare.getSpec(), prepare.getSourceRoot());
            }
            case RUN -> waiting.addAll(command.get().getRun().getAttemptsList());
            case CANCEL -> drop(new HashSet<>(command.get().getCancel().getIdsList()));
            case REDIRECT -> {
                var redirect = command.get().getRedirect();
                log.redirect(redirect.getPath(), redirect.getLogName());
            }
            case STOP -> open = false;
            case INTERLEAVE ->
                throw new IOException("this runner does not interleave attempts, and no task of it says so");
            case KIND_NOT_SET -> throw new IOException("a command of an unknown kind");
        }
    }

    private void takeArrived() throws IOException {
        Optional<Command> command = received.poll();
        while (open && command != null) {
            take(command);
            command = open ? received.poll() : null;
        }
    }

    private void drop(Set<String> ids) throws IOException {
        for (Attempt attempt :
                waiting.stream().filter(one -> ids.contains(one.getId())).toList()) {
            waiting.remove(attempt);
            send(Report.newBuilder()
                    .setDropped(Dropped.newBuilder().setId(attempt.getId()))
                    .build());
        }
    }

    /** Runs what was sent. The next attempt is said to start with the result of the one before it. */
    private void runWaiting() throws IOException {
        Attempt attempt = waiting.poll();
        while (attempt != null) {
            meter.start();
            Result.Builder result = Attempts.run(session, attempt, surroundings).setUsage(meter.read());
            if (Termination.isUnderWay()) {
                return; // an attempt that was told to end has no result
            }
            log.taken().ifPresent(result::setLog);
            takeArrived();
            attempt = waiting.poll();
            if (attempt != null) {
                result.setNextStarted(attempt.getId());
            }
            send(Report.newBuilder().setResult(result).build());
        }
    }

    private void link(String attempt, String name, String url) {
        try {
            send(Report.newBuilder()
                    .setLinked(Linked.newBuilder()
                            .setId(attempt)
                            .setLink(Link.newBuilder().setName(name).setUrl(url)))
                    .build());
        } catch (IOException error) {
            return; // nobody is there to look
        }
    }

    private void send(Report report) throws IOException {
        synchronized (sink) {
            Frames.write(report, sink);
        }
    }
}
