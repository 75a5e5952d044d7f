using System.Buffers;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.SignalR;
using Vdi.Host.Files;
using Vdi.Protocol;
using Vdi.Protocol.Wire;

namespace Vdi.Host.Desktops;

/// <summary>The desktop hub; see docs/specs/wire.md. The ticket or resume secret in Hello is the only credential.</summary>
public sealed partial class DesktopHub(HostAgent host, Admissions admissions, SilentConnections silent, HostOptions options, ILogger<DesktopHub> log) : Hub
{
    private static readonly object ViewKey = new();

    /// <summary>How long the last words to a connection have to arrive.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);

    public override Task OnConnectedAsync()
    {
        silent.Add(Context);
        return Task.CompletedTask;
    }

    public async Task<byte[]> Hello(byte[] message)
    {
        try
        {
            if (Context.Items.ContainsKey(ViewKey))
            {
                throw new ProtocolException("wire: Hello was said before");
            }

            silent.Remove(Context);
            var (view, welcome) = await host.WelcomeAsync(Protocol.Wire.Hello.Read(message), Context.ConnectionAborted);
            Context.Items[ViewKey] = view;
            if (Context.ConnectionAborted.IsCancellationRequested)
            {
                // It left while it was let in, and whoever noted that found no view to close.
                await host.GoodbyeAsync(view);
            }

            var buffer = new ArrayBufferWriter<byte>();
            welcome.Write(buffer);
            return buffer.WrittenSpan.ToArray();
        }
        catch (ProtocolException e)
        {
            throw Refuse(e);
        }
        catch (Exception e)
        {
            // Not the browser's fault, so no answer that it could take for a refusal: the line ends, and it comes again.
            LogNotWelcomed(e);
            Context.Abort();
            await Task.Delay(LastWords, CancellationToken.None);
            throw;
        }
    }

    public async IAsyncEnumerable<byte[]> Screen([EnumeratorCancellation] CancellationToken stop)
    {
        await foreach (var message in Open(stop))
        {
            yield return message;
        }

        // It was told Bye. Who does not leave is made to.
        if (!stop.IsCancellationRequested)
        {
            EndLater(LastWords);
        }
    }

    public async Task Send(byte[] batch)
    {
        try
        {
            var view = View;
            if (!IsNewest(view))
            {
                // Revoked or taken over, though perhaps Bye did not arrive yet.
                EndLater(LastWords);
                return;
            }

            await view.ReceiveAsync(batch, Context.ConnectionAborted);
        }
        catch (ProtocolException e)
        {
            End(e);
        }
    }

    /// <summary>A part of what was copied in the browser, in its turn among the keys.</summary>
    public async Task Clipboard(byte[] message)
    {
        try
        {
            var view = View;
            if (IsNewest(view) && view.TakeCopied(message) is { } copied)
            {
                await host.OfferAsync(view, copied, Context.ConnectionAborted);
            }
        }
        catch (ProtocolException e)
        {
            End(e);
        }
    }

    /// <summary>Where files go and come from, and a ticket for it (docs/specs/files.md).</summary>
    public string[] Files()
    {
        try
        {
            var view = View;
            return IsNewest(view)
                ? [FileEndpoints.Address(options.Id), host.FileTickets.Issue(view.Admit)]
                : throw new ProtocolException("wire: the desktop was opened in another window, or was ended");
        }
        catch (ProtocolException e)
        {
            // It goes on without files.
            throw new HubException(e.Message);
        }
    }

    /// <summary>How many monitors the machine may have, each in a window of its own.</summary>
    public int Monitors()
    {
        try
        {
            return host.MonitorsOf(View.Admit.Machine);
        }
        catch (ProtocolException e)
        {
            throw Refuse(e);
        }
    }

    public override async Task OnDisconnectedAsync(Exception? exception)
    {
        silent.Remove(Context);
        if (Context.Items.TryGetValue(ViewKey, out var item) && item is DesktopView view)
        {
            await host.GoodbyeAsync(view);
        }
    }

    private bool IsNewest(DesktopView view) => admissions.IsNewest(view.Admit.Session, view.SecretHash, view.Admit.Head);

    private DesktopView View => Context.Items.TryGetValue(ViewKey, out var item) && item is DesktopView view
        ? view
        : throw new ProtocolException("wire: Hello comes first");

    private IAsyncEnumerable<byte[]> Open(CancellationToken stop)
    {
        try
        {
            return View.ReadAsync(stop);
        }
        catch (ProtocolException e)
        {
            throw Refuse(e);
        }
    }

    private HubException Refuse(ProtocolException cause)
    {
        End(cause);
        return new HubException(cause.Message);
    }

    private void End(ProtocolException cause)
    {
        LogEnded(cause.Message);
        EndLater(TimeSpan.FromMilliseconds(200));
    }

    private void EndLater(TimeSpan delay)
    {
        var context = Context;
        _ = Task.Delay(delay, CancellationToken.None).ContinueWith(_ => context.Abort(), TaskScheduler.Default);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A desktop connection could not be let in; its browser tries again")]
    private partial void LogNotWelcomed(Exception cause);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A desktop connection is ended: {Reason}")]
    private partial void LogEnded(string reason);
}
