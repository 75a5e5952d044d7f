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
            return admissions.TakeTicket(secret);
        })).ToList();
        start.Set();
        Assert.Equal(1, (await Task.WhenAll(uses)).Count(admit => admit is not null));
    }

    [Fact]
    public void Ticket_is_void_after_its_time()
    {
        var admissions = Open();
        var secret = Ticket(admissions, Somebody());
        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.Null(admissions.TakeTicket(secret));
    }

    [Fact]
    public void Guessed_ticket_lets_nobody_in()
    {
        var admissions = Open();
        Ticket(admissions, Somebody());
        Assert.Null(admissions.TakeTicket(RandomNumberGenerator.GetBytes(32)));
        Assert.Null(admissions.FindResume(RandomNumberGenerator.GetBytes(32)));
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

        Assert.Null(admissions.TakeTicket(secrets[0]));
        Assert.NotNull(admissions.TakeTicket(secrets[^1]));
    }

    [Fact]
    public async Task Resume_secret_rotates_and_the_old_one_is_good_until_the_new_one_arrived()
    {
        var admissions = Open();
        var somebody = Somebody();
        var first = await admissions.IssueResumeAsync(somebody, shown: null, default);
        Assert.Equal(somebody.Session, admissions.FindResume(first)!.Session);
        var second = await admissions.IssueResumeAsync(somebody, first, default);
        Assert.NotNull(admissions.FindResume(first));
        Assert.NotNull(admissions.FindResume(second));
        await admissions.ConfirmAsync(somebody.Session, default);
        Assert.Null(admissions.FindResume(first));
        Assert.NotNull(admissions.FindResume(second));
    }

    [Fact]
    public async Task Ticket_voids_every_resume_secret_of_its_session()
    {
        var admissions = Open();
        var somebody = Somebody();
        var first = await admissions.IssueResumeAsync(somebody, shown: null, default);
        await admissions.IssueResumeAsync(somebody, shown: null, default);
        Assert.Null(admissions.FindResume(first));
    }

    [Fact]
    public async Task Resume_secret_is_good_after_a_restart_where_the_machine_is_still_there()
    {
        var (here, gone) = (Somebody(), Somebody());
        var before = Open();
        var secret = await before.IssueResumeAsync(here, shown: null, default);
        var lost = await before.IssueResumeAsync(gone, shown: null, default);

        var after = Open();
        await after.LoadAsync(new HashSet<Guid> { here.Machine }, default);
        Assert.Equal(here, after.FindResume(secret));
        Assert.Equal(here.Epoch, after.EpochOf(here.Machine));
        Assert.Null(after.FindResume(lost));
        Assert.Single(Directory.EnumerateFiles(_state.Folder.Sessions));
    }

    [Fact]
    public async Task Resume_secret_is_void_when_nobody_came_back_in_time()
    {
        var admissions = Open();
        var somebody = Somebody();
        var secret = await admissions.IssueResumeAsync(somebody, shown: null, default);
        _time.Advance(TimeSpan.FromDays(1));
        Assert.NotNull(admissions.FindResume(secret));
        await admissions.LeaveAsync(somebody.Session, default);
        _time.Advance(_options.ResumeWindow + TimeSpan.FromSeconds(1));
        Assert.Null(admissions.FindResume(secret));
    }

    [Fact]
    public async Task Revoked_session_lets_nobody_in_and_leaves_no_file()
    {
        var admissions = Open();
        var somebody = Somebody();
        var ticket = Ticket(admissions, somebody);
        var secret = await admissions.IssueResumeAsync(somebody, shown: null, default);
        admissions.Revoke(somebody.Session);
        Assert.Null(admissions.TakeTicket(ticket));
        Assert.Null(admissions.FindResume(secret));
        Assert.Empty(Directory.EnumerateFiles(_state.Folder.Sessions));
    }

    [Fact]
    public async Task File_on_disk_holds_no_secret_and_is_for_nobody_else()
    {
        var admissions = Open();
        var secret = await admissions.IssueResumeAsync(Somebody(), shown: null, default);
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
        var secret = await Open().IssueResumeAsync(somebody, shown: null, default);
        var damaged = Path.Combine(_state.Folder.Sessions, $"{Guid.NewGuid():N}.json");
        await File.WriteAllTextAsync(damaged, "{\"Admit\":");
        var after = Open();
        await after.LoadAsync(new HashSet<Guid> { somebody.Machine }, default);
        Assert.NotNull(after.FindResume(secret));
        Assert.False(File.Exists(damaged));
        Assert.True(File.Exists(damaged + ".damaged"));
    }

    public void Dispose() => _state.Dispose();

    private Admissions Open() => new(new SessionFiles(_state.Folder.Sessions, NullLogger<SessionFiles>.Instance), _options, _time);

    private byte[] Ticket(Admissions admissions, Admit admit)
    {
        var secret = RandomNumberGenerator.GetBytes(32);
        admissions.Admit(admit with { TicketHash = Admissions.HashOf(secret), Expires = _time.GetUtcNow().AddSeconds(30) });
        return secret;
    }

    private Admit Somebody() => new("", Guid.NewGuid(), Guid.NewGuid(), 3, "somebody", "Desktop", Rights.View | Rights.Input, _time.GetUtcNow());
}
