package dev.godwit.examples;

import dev.godwit.authoring.Cache;
import dev.godwit.authoring.Retry;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.types.Default;
import dev.godwit.types.Doc;
import java.time.Duration;
import java.util.List;

/** A task and workflows in Java: a greeting, for one and for many. */
public final class Greetings {
    /** Who is greeted. */
    public record GreetIn(
            @Doc("Who is greeted.") String name,
            @Doc("How often.") @Default("1") long times) {}

    /** What is said. */
    public record GreetOut(String greeting) {}

    /** A greeting of one. */
    public static final Task<GreetIn, GreetOut> GREET = Task.of(
                    "dev.godwit.examples.greet", GreetIn.class, GreetOut.class, Greetings::greet)
            .retries(Retry.times(2).backoff(Duration.ofSeconds(1)))
            .cache(Cache.version("1"))
            .documented("Greet somebody.", "");

    /** Greetings to be joined. */
    public record JoinIn(List<String> greetings) {}

    /** All of them in one text. */
    public static final Task<JoinIn, String> JOIN =
            Task.of("dev.godwit.examples.join", JoinIn.class, String.class, in -> String.join(", ", in.greetings()));

    /** One or several names. */
    public record PartyIn(String host, List<String> guests) {}

    /** What everybody hears. */
    public record PartyOut(String toHost, String toGuests) {}

    /** A greeting of a host and of guests, of which there may be none. */
    public static final Workflow<PartyIn, PartyOut> PARTY =
            Workflow.of("dev.godwit.examples.party", PartyIn.class, PartyOut.class, wf -> {
                var host = wf.call(GREET)
                        .set(GreetIn::name)
                        .to(wf.input(PartyIn::host))
                        .set(GreetIn::times)
                        .to(2L);
                var guests = wf.map(GREET).over(GreetIn::name).to(wf.input(PartyIn::guests));
                var joined = wf.call(JOIN).set(JoinIn::greetings).to(guests.get(GreetOut::greeting));
                wf.output(PartyOut::toHost)
                        .to(host.get(GreetOut::greeting))
                        .output(PartyOut::toGuests)
                        .to(joined.result());
            });

    private Greetings() {}

    static GreetOut greet(GreetIn in) {
        return new GreetOut("Hello ".repeat((int) in.times()) + in.name());
    }
}
