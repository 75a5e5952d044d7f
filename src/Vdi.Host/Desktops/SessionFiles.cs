using System.Text.Json;

namespace Vdi.Host.Desktops;

/// <summary>Admissions on disk, one small file a session and monitor, for this user's eyes only. A file is replaced whole or not at all.</summary>
public sealed partial class SessionFiles(string folder, ILogger<SessionFiles> log)
{
    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const string Damaged = ".damaged";
    private readonly string _folder = Directory.CreateDirectory(folder, Mine | UnixFileMode.UserExecute).FullName;
    private readonly SemaphoreSlim _writing = new(1, 1);

    public async Task<List<Admission>> ReadAllAsync(CancellationToken stop)
    {
        var all = new List<Admission>();
        foreach (var file in Directory.EnumerateFiles(_folder, "*.json"))
        {
            try
            {
                await using var stream = File.OpenRead(file);
                all.Add(await JsonSerializer.DeserializeAsync<Admission>(stream, cancellationToken: stop) is { Admit: not null, Current: not null } admission
                    ? admission
                    : throw new JsonException("not an admission"));
            }
            catch (JsonException e)
            {
                File.Move(file, file + Damaged, overwrite: true);
                LogDamaged(file + Damaged, e.Message);
            }
        }

        return all;
    }

    /// <summary>Writes what <paramref name="newest"/> says when its turn has come, so that an older state never overtakes a newer one;
    /// null deletes. A disk that is full costs coming back after a restart of this process, and nothing else.</summary>
    public async Task WriteAsync(Guid session, int head, Func<Admission?> newest, CancellationToken stop)
    {
        var path = PathOf(session, head);
        await _writing.WaitAsync(stop);
        try
        {
            if (newest() is not { } admission)
            {
                File.Delete(path);
                return;
            }

            await using (var file = new FileStream(path + ".new", new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = Mine, Options = FileOptions.Asynchronous }))
            {
                await JsonSerializer.SerializeAsync(file, admission, cancellationToken: stop);
            }

            File.Move(path + ".new", path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotWritten(e, session);
        }
        finally
        {
            _writing.Release();
        }
    }

    private string PathOf(Guid session, int head) => Path.Combine(_folder, head == 0 ? $"{session:N}.json" : $"{session:N}-{head}.json");

    [LoggerMessage(Level = LogLevel.Error, Message = "Who may come back to session {Session} could not be written down")]
    private partial void LogNotWritten(Exception cause, Guid session);

    [LoggerMessage(Level = LogLevel.Error, Message = "A session's file is damaged and was set aside at {File}, so its browser cannot come back without signing in: {Reason}")]
    private partial void LogDamaged(string file, string reason);
}
