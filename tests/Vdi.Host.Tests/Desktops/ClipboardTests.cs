using System.Text;
using Vdi.Emulator.Fakes;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.VdAgent;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;

namespace Vdi.Host.Tests.Desktops;

/// <summary>What is copied on one side and pasted on the other.</summary>
public sealed class ClipboardTests : HubTests
{
    private const Rights Both = RunningHost.All | Rights.ClipboardIn | Rights.ClipboardOut;

    [Fact]
    public async Task Text_goes_both_ways_and_is_told_by_size_and_kind()
    {
        var agent = Agent();
        var admit = RunningHost.AdmitTo(Machine) with { Rights = Both };
        await using var person = await OpenAsync(admit);
        await agent.Met;

        var there = Encoding.UTF8.GetBytes("복사한 것, und: a copied line\n");
        await agent.CopyAsync(VdAgentClipboard.Text, there);
        Assert.Equal(there, (await CopiedAsync(person)).Bytes.ToArray());

        var here = Encoding.UTF8.GetBytes("from the browser 안녕");
        await person.CopyAsync(ClipboardKind.Text, here);
        await OfferedAsync(agent, 1);
        Assert.Equal(here, (await agent.PasteAsync(VdAgentClipboard.Text)).ToArray());
        Assert.Equal(here, (await agent.PasteAsync(VdAgentClipboard.Text)).ToArray());
        Assert.Empty((await agent.PasteAsync(VdAgentClipboard.Png)).ToArray());

        await Eventually.HoldsAsync(() => Task.FromResult(Host.Heard.OfType<ClipboardUsed>().Count() == 2), "both are told");
        Assert.Equal([new ClipboardUsed(admit.Session, false, ClipboardKind.Text, there.Length), new ClipboardUsed(admit.Session, true, ClipboardKind.Text, here.Length)], Host.Heard.OfType<ClipboardUsed>());
    }

    [Fact]
    public async Task What_no_key_gives_is_offered_to_be_pasted_and_noted_no_more_than_keys_are()
    {
        var agent = Agent();
        await using var person = await OpenAsync(RunningHost.AdmitTo(Machine) with { Rights = Both });
        await agent.Met;
        await person.CopyAsync(ClipboardKind.Typed, Encoding.UTF8.GetBytes("한글"));
        await OfferedAsync(agent, 1);
        Assert.True(agent.OffersMarked);
        Assert.Equal("한글", Encoding.UTF8.GetString((await agent.PasteAsync(VdAgentClipboard.Text)).Span));
        Assert.Equal("한글", Encoding.UTF8.GetString((await agent.PasteAsync(VdAgentClipboard.Text, VdAgentSelection.Primary)).Span));

        await person.CopyAsync(ClipboardKind.Text, "copied"u8.ToArray());
        await OfferedAsync(agent, 2);
        Assert.Empty((await agent.PasteAsync(VdAgentClipboard.Text, VdAgentSelection.Primary)).ToArray());
        await Eventually.HoldsAsync(() => Task.FromResult(Host.Heard.OfType<ClipboardUsed>().Any()), "what was copied is told");
        Assert.Equal(ClipboardKind.Text, Host.Heard.OfType<ClipboardUsed>().Single().Kind);
    }

    [Fact]
    public async Task Pictures_of_megabytes_go_both_ways()
    {
        var agent = Agent();
        await using var person = await OpenAsync(RunningHost.AdmitTo(Machine) with { Rights = Both });
        await agent.Met;
        var picture = Png(3_000_000);
        await agent.CopyAsync(VdAgentClipboard.Png, picture);
        var copied = await CopiedAsync(person);
        Assert.Equal(ClipboardKind.Png, copied.Kind);
        Assert.True(picture.AsSpan().SequenceEqual(copied.Bytes.Span));

        await person.CopyAsync(ClipboardKind.Png, picture);
        await OfferedAsync(agent, 1);
        var pasted = await agent.PasteAsync(VdAgentClipboard.Png);
        Assert.True(picture.AsSpan().SequenceEqual(pasted.Span));
    }

    [Fact]
    public async Task Without_the_right_nothing_goes_that_way()
    {
        var agent = Agent();
        await using var looker = await OpenAsync(RunningHost.AdmitTo(Machine) with { Rights = RunningHost.All | Rights.ClipboardIn });
        await agent.Met;
        await agent.CopyAsync(VdAgentClipboard.Text, "secret"u8.ToArray());
        await looker.CopyAsync(ClipboardKind.Text, "in"u8.ToArray());
        await OfferedAsync(agent, 1);
        Assert.Null(looker.Copied);
        Assert.Equal(0, agent.Asked);

        await using var reader = await OpenAsync(RunningHost.AdmitTo(Machine) with { Rights = RunningHost.All | Rights.ClipboardOut });
        await reader.CopyAsync(ClipboardKind.Text, "in"u8.ToArray());
        await reader.Ended.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Single(agent.Offered);
    }

    [Fact]
    public async Task What_is_too_large_stays_and_that_is_said_and_the_next_goes()
    {
        var agent = Agent();
        await using var person = await OpenAsync(RunningHost.AdmitTo(Machine) with { Rights = Both, Limits = new SessionLimits(null, null, ClipboardKiB: 10) });
        await agent.Met;
        await agent.CopyAsync(VdAgentClipboard.Text, Encoding.UTF8.GetBytes(new string('a', 20_000)));
        await Eventually.HoldsAsync(() => Task.FromResult(person.Notices.Contains((NoticeKind.ClipboardTooLarge, 10u))), "it is said");
        await person.CopyAsync(ClipboardKind.Text, Encoding.UTF8.GetBytes(new string('a', 30_000)));
        await Eventually.HoldsAsync(() => Task.FromResult(person.Notices.Count == 2), "it is said again");
        await person.CopyAsync(ClipboardKind.Text, "small"u8.ToArray());
        await OfferedAsync(agent, 1);
        await agent.CopyAsync(VdAgentClipboard.Text, "small, too"u8.ToArray());
        Assert.Equal("small, too", Encoding.UTF8.GetString((await CopiedAsync(person)).Bytes.Span));
    }

    [Fact]
    public async Task Agent_that_says_2_GB_takes_no_memory()
    {
        var agent = Agent();
        await using var person = await OpenAsync(RunningHost.AdmitTo(Machine) with { Rights = Both });
        await agent.Met;

        // It announces 2 GB of text and begins with it.
        byte[] endless = [1, 0, 0, 0, 0, 0, 0, 128, 1, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 127];
        await agent.SendAsync(endless);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < 64; i++)
        {
            await agent.SendAsync(new byte[1 << 20]);
        }

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 16 << 20);
        Assert.Null(person.Copied);
    }

    [Fact]
    public async Task Line_is_made_anew_after_nonsense_and_what_is_no_picture_is_not_handed_on()
    {
        var agent = Agent();
        await using var person = await OpenAsync(RunningHost.AdmitTo(Machine) with { Rights = Both });
        await agent.Met;
        await person.CopyAsync(ClipboardKind.Text, "kept"u8.ToArray());
        await OfferedAsync(agent, 1);
        await agent.SendAsync([9, 9, 9, 9, 9, 9, 9, 9]);

        // It is told again what can be pasted.
        await OfferedAsync(agent, 2);
        Assert.Equal("kept", Encoding.UTF8.GetString((await agent.PasteAsync(VdAgentClipboard.Text)).Span));
        await agent.CopyAsync(VdAgentClipboard.Png, "<svg onload=alert(1)>"u8.ToArray());
        await agent.CopyAsync(VdAgentClipboard.Text, "after it"u8.ToArray());
        Assert.Equal((ClipboardKind.Text, "after it"), await CopiedAsync(person) is var copied ? (copied.Kind, Encoding.UTF8.GetString(copied.Bytes.Span)) : default);
    }

    public static TheoryData<string, byte[]> Bad => new()
    {
        { "another message", [0x82, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
        { "unknown kind", [0x8C, 4, 1, 0, 0, 0, 0, 0, 0, 0, 0] },
        { "outside of itself", [0x8C, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0] },
        { "no beginning", [0x8C, 1, 9, 0, 0, 0, 1, 0, 0, 0, 0] },
        { "nothing of something", [0x8C, 1, 9, 0, 0, 0, 0, 0, 0, 0] },
        { "half a head", [0x8C, 1, 9] },
        { "too long a part", [0x8C, 1, 0, 0, 1, 0, 0, 0, 0, 0, .. new byte[13_000]] },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task Bad_parts_end_the_connection(string what, byte[] part)
    {
        Assert.NotEmpty(what);
        await using var person = await OpenAsync(RunningHost.AdmitTo(Machine) with { Rights = Both });
        await person.SendCopiedAsync(part);
        await person.Ended.WaitAsync(TimeSpan.FromSeconds(10));
    }

    private FakeDesktopAgent Agent() => Computer.DesktopAgents[Machine] = new FakeDesktopAgent();

    private Task<DesktopClient> OpenAsync(Admit admit) => Host.OpenAsync(admit);

    private static async Task<ClipboardContent> CopiedAsync(DesktopClient client)
    {
        await Eventually.HoldsAsync(() => Task.FromResult(client.Copied is not null), "what was copied comes");
        return client.Copied!;
    }

    private static Task OfferedAsync(FakeDesktopAgent agent, int count) => Eventually.HoldsAsync(() => Task.FromResult(agent.Offered.Count == count), "it is offered");

    /// <summary>What begins like one.</summary>
    private static byte[] Png(int bytes)
    {
        var png = new byte[bytes];
        new Random(1).NextBytes(png);
        ((byte[])[0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, 0, 0, 0, 13, .. "IHDR"u8, 0, 0, 4, 0, 0, 0, 3, 0]).CopyTo(png, 0);
        return png;
    }
}
