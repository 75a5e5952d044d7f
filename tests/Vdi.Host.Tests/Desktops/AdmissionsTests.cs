using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Vdi.Host.Desktops;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;

namespace Vdi.Host.Tests.Desktops;

public sealed class AdmissionsTests : IDisposable
{
    private readonly TemporaryState _state = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(60));
    private readonly HostOptions _options = new();

    [Fact]
    public async Task Ticket_that_a_thousand_show_at_once_lets_one_in()
    {
        var admissions = Open();
        var secret = Ticket(admissions, Somebody());
        using var start = new ManualResetEventSlim();
        var uses = Enumerable.Range(0, 1000).Select(_ => Task.Run(() =>
        {
            start.Wait();
            return Show(admissions, secret);
        })).ToList();
        start.Set();
        Assert.Equal(1, (await Task.WhenAll(uses)).Count(entry => entry is not null));
    }

    [Fact]
    public void Ticket_is_void_after_its_time()
    {
        var admissions = Open();
        var secret = Ticket(admissions, Somebody());
        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.Null(Show(admissions, secret));
    }

    [Fact]
    public void Guessed_ticket_lets_nobody_in()
    {
        var admissions = Open();
        Ticket(admissions, Somebody());
        Assert.Null(Show(admissions, RandomNumberGenerator.GetBytes(32)));
        Assert.Null(Resume(admissions, RandomNumberGenerator.GetBytes(32)));
    }

    [Fact]
    public void Oldest_ticket_of_a_session_is_void_when_there_are_too_many()
    {
        var admissions = Open();
        var somebody = Somebody();
        var secrets = new List<byte[]>();
        for (var i = 0; i <= _options.MaxTicketsPerSession; i++)
        {
            secrets.Add(Ticket(admissions, somebody));
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Null(Show(admissions, secrets[0]));
        Assert.NotNull(Show(admissions, secrets[^1]));
    }

    [Fact]
    public async Task Resume_secret_rotates_and_the_old_one_is_good_until_the_new_one_arrived()
    {
        var admissions = Open();
        var somebody = Somebody();
        var first = Come(admissions, somebody);
        var second = Resume(admissions, first)!;
        Assert.Equal(somebody.Session, second.Admit.Session);

        // The second one's Welcome was lost: the first one is shown again.
        var third = Resume(admissions, first)!;
        await admissions.ConfirmAsync(somebody.Session, default);
        Assert.Null(Resume(admissions, first));
        Assert.Null(Resume(admissions, second.Secret));
        Assert.NotNull(Resume(admissions, third.Secret));
    }

    [Fact]
    public void Ticket_voids_every_resume_secret_of_its_session()
    {
        var admissions = Open();
        var somebody = Somebody();
        var first = Come(admissions, somebody);
        Come(admissions, somebody);
        Assert.Null(Resume(admissions, first));
    }

    [Fact]
    public void Only_the_newest_connection_of_a_session_is_its_own()
    {
        var admissions = Open();
        var somebody = Somebody();
        var first = Show(admissions, Ticket(admissions, somebody))!;
        Assert.True(admissions.IsNewest(somebody.Session, first.SecretHash));
        var second = Resume(admissions, first.Secret)!;
        Assert.False(admissions.IsNewest(somebody.Session, first.SecretHash));
        Assert.True(admissions.IsNewest(somebody.Session, second.SecretHash));
    }

    [Fact]
    public async Task Resume_secret_is_good_after_a_restart_where_the_machine_is_still_there()
    {
        var (here, gone) = (Somebody(), Somebody());
        var before = Open();
        var (secret, lost) = (Come(before, here), Come(before, gone));
        await before.SaveAsync(here.Session, default);
        await before.SaveAsync(gone.Session, default);

        var after = Open();
        await after.LoadAsync(new HashSet<Guid> { here.Machine }, default);
        Assert.Equal(here.Epoch, after.EpochOf(here.Machine));
        Assert.Null(Resume(after, lost));
        Assert.Single(Directory.EnumerateFiles(_state.Folder.Sessions));
        Assert.Equal(here, Resume(after, secret)!.Admit with { TicketHash = here.TicketHash, Expires = here.Expires });
    }

    [Fact]
    public async Task Resume_secret_is_void_when_nobody_came_back_in_time()
    {
        var admissions = Open();
        var somebody = Somebody();
        var secret = Come(admissions, somebody);
        _time.Advance(TimeSpan.FromDays(1));
        secret = Resume(admissions, secret)!.Secret;
        await admissions.LeaveAsync(somebody.Session, default);
        _time.Advance(_options.ResumeWindow + TimeSpan.FromSeconds(1));
        Assert.Null(Resume(admissions, secret));
    }

    [Fact]
    public async Task Revoked_session_lets_nobody_in_and_leaves_no_file()
    {
        var admissions = Open();
        var somebody = Somebody();
        var secret = Come(admissions, somebody);
        var ticket = Ticket(admissions, somebody);
        await admissions.SaveAsync(somebody.Session, default);
        await admissions.RevokeAsync(somebody.Session);
        Assert.Null(Show(admissions, ticket));
        Assert.Null(Resume(admissions, secret));
        Assert.Empty(Directory.EnumerateFiles(_state.Folder.Sessions));
    }

    [Fact]
    public async Task Revoked_machine_lets_nobody_in_with_a_ticket_that_nobody_showed_yet()
    {
        var admissions = Open();
        var somebody = Somebody();
        var ticket = Ticket(admissions, somebody);
        await admissions.RevokeMachineAsync(somebody.Machine);
        Assert.Null(Show(admissions, ticket));
    }

    [Fact]
    public async Task Revocation_that_races_with_coming_and_saving_leaves_nothing_behind()
    {
        var admissions = Open();
        for (var round = 0; round < 200; round++)
        {
            var somebody = Somebody();
            var ticket = Ticket(admissions, somebody);
            using var start = new ManualResetEventSlim();
            var coming = Task.Run(async () =>
            {
                start.Wait();
                var entry = Show(admissions, ticket);
                await admissions.SaveAsync(somebody.Session, default);
                return entry;
            });
            var revoking = Task.Run(() =>
            {
                start.Wait();
                return admissions.RevokeAsync(somebody.Session);
            });
            start.Set();
            await revoking;
            Assert.True(await coming is not { } entry || (Resume(admissions, entry.Secret) is null && !admissions.IsNewest(somebody.Session, entry.SecretHash)));
            Assert.Empty(Directory.EnumerateFiles(_state.Folder.Sessions));
        }
    }

    [Fact]
    public async Task File_on_disk_holds_no_secret_and_is_for_nobody_else()
    {
        var admissions = Open();
        var somebody = Somebody();
        var secret = Come(admissions, somebody);
        await admissions.SaveAsync(somebody.Session, default);
        var file = Assert.Single(Directory.EnumerateFiles(_state.Folder.Sessions));
        var text = await File.ReadAllTextAsync(file);
        Assert.DoesNotContain(Convert.ToHexString(secret), text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Convert.ToBase64String(secret), text, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task Damaged_file_is_set_aside_and_the_others_are_read()
    {
        var somebody = Somebody();
        var before = Open();
        var secret = Come(before, somebody);
        await before.SaveAsync(somebody.Session, default);
        var damaged = Path.Combine(_state.Folder.Sessions, $"{Guid.NewGuid():N}.json");
        await File.WriteAllTextAsync(damaged, "{\"Admit\":");
        var after = Open();
        await after.LoadAsync(new HashSet<Guid> { somebody.Machine }, default);
        Assert.NotNull(Resume(after, secret));
        Assert.False(File.Exists(damaged));
        Assert.True(File.Exists(damaged + ".damaged"));
    }

    public void Dispose() => _state.Dispose();

    private Admissions Open() => new(new SessionFiles(_state.Folder.Sessions, NullLogger<SessionFiles>.Instance), _options, _time);

    private static Entry? Show(Admissions admissions, byte[] ticket) => admissions.Enter(new Hello(CredentialKind.Ticket, ticket));

    private static Entry? Resume(Admissions admissions, byte[] secret) => admissions.Enter(new Hello(CredentialKind.ResumeSecret, secret));

    /// <summary>Comes in by a ticket; the resume secret.</summary>
    private byte[] Come(Admissions admissions, Admit somebody) => Show(admissions, Ticket(admissions, somebody))!.Secret;

    private byte[] Ticket(Admissions admissions, Admit admit)
    {
        var secret = RandomNumberGenerator.GetBytes(32);
        admissions.Admit(admit with { TicketHash = Admissions.HashOf(secret), Expires = _time.GetUtcNow().AddSeconds(30) });
        return secret;
    }

    private Admit Somebody() => new("", Guid.NewGuid(), Guid.NewGuid(), 3, "somebody", "Desktop", Rights.View | Rights.Input, _time.GetUtcNow());
}
