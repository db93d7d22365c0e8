package dev.godwit.values;

import dev.godwit.errors.ValueMismatchException;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.Type;
import dev.godwit.idl.core.v1.UnionLiteral;
import dev.godwit.idl.core.v1.UnionMember;
import dev.godwit.idl.core.v1.UnionType;
import java.util.List;

/** A sealed interface: its records and enums are the members of a union. */
final class UnionCodec extends Codec<Object> {
    /**
     * A member.
     *
     * @param tag its tag
     * @param of its class
     * @param codec translates instances of the class
     */
    record Member(String tag, Class<?> of, Codec<?> codec) {}

    private final List<Member> members;

    UnionCodec(List<Member> members) {
        super(typeOf(members));
        this.members = List.copyOf(members);
    }

    private static Type typeOf(List<Member> members) {
        UnionType.Builder union = UnionType.newBuilder();
        for (Member member : members) {
            union.addMembers(UnionMember.newBuilder()
                    .setTag(member.tag())
                    .setType(member.codec().type()));
        }
        return Type.newBuilder().setUnion(union).build();
    }

    @Override
    public Literal write(Object value, Data data) {
        for (Member member : members) {
            if (member.of().isInstance(value)) {
                Literal inner = member.codec().writeAny(value, data);
                return Literal.newBuilder()
                        .setUnion(UnionLiteral.newBuilder().setTag(member.tag()).setValue(inner))
                        .build();
            }
        }
        throw unfit(value);
    }

    @Override
    protected Object readInline(Literal literal, Data data) {
        if (!literal.hasUnion()) {
            throw unreadable(literal);
        }
        String tag = literal.getUnion().getTag();
        for (Member member : members) {
            if (member.tag().equals(tag)) {
                try {
                    return member.codec().read(literal.getUnion().getValue(), data);
                } catch (ValueMismatchException mismatch) {
                    throw mismatch.within("<" + tag + ">");
                }
            }
        }
        throw new ValueMismatchException(
                "one of the tags "
                        + String.join(", ", members.stream().map(Member::tag).toList()),
                "the tag " + tag);
    }
}
