using System.Net.Sockets;
using Vdi.Display.Recording;
using Vdi.Emulator;
using Vdi.Host.Machines;
using Vdi.Protocol;
using Vdi.Protocol.UnixSockets;

namespace Vdi.Host.Traces;

/// <summary>Lets commands of this computer's administrator record the screens of running machines. Whoever comes must be this process's own
/// user, or root. The trace goes to the command, which keeps it: this process writes no file for anybody.</summary>
public sealed partial class RecordingDoor(HostAgent host, HostOptions options, StateFolder state, TimeProvider time, ILogger<RecordingDoor> log) : BackgroundService
{
    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>A command that sends no request, or takes no more of its trace, is given up after this.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private readonly SemaphoreSlim _room = new(options.MaxRecordings, options.MaxRecordings);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            using var listener = Listen(RecordingLine.PathIn(state));
            while (true)
            {
                _ = ServeAsync(await listener.AcceptAsync(stoppingToken), stoppingToken);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Machines and their people come first.
            LogClosed(e);
        }
    }

    private static Socket Listen(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, Mine | UnixFileMode.UserExecute);
        File.Delete(path);
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            listener.Bind(new UnixDomainSocketEndPoint(path));
            File.SetUnixFileMode(path, Mine);
            listener.Listen();
            return listener;
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    private async Task ServeAsync(Socket socket, CancellationToken stop)
    {
        using var line = new RecordingLine(socket);
        try
        {
            var peer = UnixSocket.PeerOf(socket);
            if (peer.Uid != 0 && peer.Uid != UnixSocket.EffectiveUser)
            {
                return;
            }

            var request = await WithinAsync(line.HearAsync, stop);
            if (WhyNot(request, out var machine) is { } refusal)
            {
                await WithinAsync(limit => line.EndAsync(RecordingPiece.Refusal, refusal, limit), stop);
                return;
            }

            if (!await _room.WaitAsync(0, stop))
            {
                await WithinAsync(limit => line.EndAsync(RecordingPiece.Refusal, $"{options.MaxRecordings} recordings are under way already: wait until one ends", limit), stop);
                return;
            }

            try
            {
                LogRecording(machine!.Id, peer.Uid, peer.Pid);
                var why = await RecordAsync(line, machine, request, stop);
                LogRecorded(machine.Id, why);
                await WithinAsync(limit => line.EndAsync(RecordingPiece.End, why, limit), CancellationToken.None);
            }
            finally
            {
                _room.Release();
            }
        }
        catch (Exception e) when (e is IOException or ProtocolException or OperationCanceledException)
        {
            LogGivenUp(e.Message);
        }
    }

    private string? WhyNot(RecordingRequest request, out HostedMachine? machine)
    {
        machine = null;
        if (request.Seconds < 1 || request.Seconds > options.MaxRecordingTime.TotalSeconds || request.Bytes < 1 || request.Bytes > options.MaxRecordingBytes)
        {
            return $"A recording may have 1 to {options.MaxRecordingTime.TotalSeconds:0} seconds, and at most {options.MaxRecordingBytes >> 20} MiB";
        }

        (machine, var why) = request is { Session: { } session, Machine: null } ? host.FindSessionsMachine(session)
            : request is { Machine: { } name, Session: null } ? host.FindMachine(name)
            : (null, "Name a machine or a session, one of them");
        return why;
    }

    /// <summary>Returns why it ended.</summary>
    private async Task<string> RecordAsync(RecordingLine line, HostedMachine machine, RecordingRequest request, CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var recording = ScreenRecorder.RecordAsync(machine.Screen!, machine.Tap, request.Bytes, (piece, token) => new ValueTask(WithinAsync(limit => line.SendAsync(piece, limit), token)), time, ending.Token);
        var left = line.LeftAsync(ending.Token);
        var enough = Task.Delay(TimeSpan.FromSeconds(request.Seconds), time, ending.Token);
        var first = await Task.WhenAny(recording, left, enough, machine.Ended);
        await ending.CancelAsync();
        await Task.WhenAll(recording, left, enough).ContinueWith(_ => { }, TaskScheduler.Default);
        if (recording.IsFaulted)
        {
            await recording;
        }

        return stop.IsCancellationRequested ? "the server is being stopped"
            : first == recording ? $"the limit of {request.Bytes >> 20} MiB is reached"
            : first == left ? throw new ProtocolException("recording: the command left")
            : first == enough ? $"{request.Seconds} s have passed"
            : $"the machine ended: it {await machine.Ended}";
    }

    private async Task WithinAsync(Func<CancellationToken, Task> work, CancellationToken stop) => await WithinAsync<object?>(
        async limit =>
        {
            await work(limit);
            return null;
        },
        stop);

    private async Task<T> WithinAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken stop)
    {
        using var late = new CancellationTokenSource(Deadline, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop, late.Token);
        return await work(limit.Token);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The screen of machine {Machine} is being recorded for user {User} (process {Process})")]
    private partial void LogRecording(Guid machine, int user, int process);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The recording of machine {Machine} is over: {Why}")]
    private partial void LogRecorded(Guid machine, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A recording was given up: {Why}")]
    private partial void LogGivenUp(string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "Machines of this server cannot be recorded until it is started again")]
    private partial void LogClosed(Exception cause);
}
