function x(r){let e=new WeakMap;return t=>{let n=t.parentElement,i=e.get(n);i===void 0&&(i=r(t),e.set(n,i)),i.update(t);let o=i;return()=>{o.destroy(),e.delete(n)}}}function y(r){r.addEventListener("keydown",e=>{e.stopPropagation()})}function w(r,e){let t;return Object.assign(()=>{clearTimeout(t),t=setTimeout(e,r)},{cancel:()=>clearTimeout(t)})}function a(r,e={},...t){let n=document.createElement(r);for(let[i,o]of Object.entries(e))o==null||o===!1||n.setAttribute(i,o===!0?"":String(o));return h(n,t),n}function h(r,e){for(let t of e)t!=null&&r.appendChild(C(t))}function f(r,e,t={}){let n=a("button",{type:"button",...t},r);return n.addEventListener("click",e),n}function C(r){return typeof r=="string"?document.createTextNode(r):r}function u(r){return r.toLocaleString("en").replaceAll(","," ")}var q=new Intl.DateTimeFormat("en-GB",{day:"numeric",month:"short",year:"numeric",hour:"2-digit",minute:"2-digit"});var m={colour:"",ground:"",bold:!1,faint:!1,italic:!1,underlined:!1},M=["black","red","green","yellow","blue","magenta","cyan","white"],H=/\x1b(?:\[([0-9:;<=>?]*)[ -/]*([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])/g,$=/[\x00-\x08\x0b-\x1f\x7f]/g;function k(r,e){let t=[],n=o=>{o&&t.push({text:o.replace($,"�"),style:R(e)})},i=0;for(let o of r.matchAll(H))n(r.slice(i,o.index)),i=o.index+o[0].length,o[2]==="m"&&(e=O(e,o[1]??""));return n(r.slice(i)),{pieces:t,look:e}}function O(r,e){let t=e.split(/[;:]/).map(Number);for(let n=0;n<t.length;n++){let i=t[n]??0;if(i===38||i===48){let o=t[n+1]===5,s=o?t[n+2]??16:16,l=s<16?M[s%8]??"":"";r=i===38?{...r,colour:l}:{...r,ground:l},n+=o?2:4}else r=P(r,i)}return r}function P(r,e){if(e===0)return m;if(e===1)return{...r,bold:!0};if(e===2)return{...r,faint:!0};if(e===3)return{...r,italic:!0};if(e===4)return{...r,underlined:!0};if(e===22)return{...r,bold:!1,faint:!1};if(e===23)return{...r,italic:!1};if(e===24)return{...r,underlined:!1};if(e===39)return{...r,colour:""};if(e===49)return{...r,ground:""};let t=M[e%10];if(t===void 0)return r;let n=Math.floor(e/10);return n===3||n===9?{...r,colour:t}:n===4||n===10?{...r,ground:t}:r}function R(r){return[r.colour,r.ground&&`on-${r.ground}`,r.bold&&"bold",r.faint&&"faint",r.italic&&"italic",r.underlined&&"underlined"].filter(Boolean).join(" ")}var L=4e3,v=1e4;function b(r,e=m){let t=[];if(r==="")return{lines:t,look:e};let n=r.split(`
`);n.at(-1)===""&&n.pop();for(let i of n){let o=k(I(i),e);e=o.look,t.push(...D(o.pieces))}return{lines:t,look:e}}function I(r){let e=r.replace(/\r+$/,""),t=e.lastIndexOf("\r");return t<0?e:e.slice(t+1)}function D(r){let e=[[]],t=L;for(let{text:n,style:i}of r){let o=0;for(;o<n.length;){t===0&&(e.push([]),t=L);let s=Math.min(n.length,o+t);s<n.length&&s-o>1&&F(n.charCodeAt(s-1))&&s--,e.at(-1)?.push({text:n.slice(o,s),style:i}),t=s<n.length?0:t-(s-o),o=s}}return e.map((n,i)=>({pieces:n,text:n.map(o=>o.text).join(""),cut:i<e.length-1}))}function F(r){return r>=55296&&r<=56319}function S(r,e){let t=[];if(!e)return t;let n=new RegExp(e.replace(/[\\^$.*+?()[\]{}|]/g,"\\$&"),"giu");for(let[i,{text:o}]of r.entries())for(let{index:s,0:l}of o.matchAll(n))if(t.push({line:i,from:s,to:s+l.length}),t.length>=v)return t;return t}function E(r,e,t){let n=[],i=0,o=0;for(let{text:s,style:l}of r.pieces){let c=0;for(;c<s.length;){let d=e[o],T=i+c;if(d===void 0||d.from>=i+s.length){n.push({text:s.slice(c),style:l,hit:-1});break}if(T<d.from){n.push({text:s.slice(c,d.from-i),style:l,hit:-1}),c=d.from-i;continue}let g=Math.min(s.length,d.to-i);n.push({text:s.slice(c,g),style:l,hit:t+o}),c=g,i+g>=d.to&&o++}i+=s.length}return n}var V=150,z=40,U=200,p=class{args;version=null;file=null;text="";lines=[];elements=[];hits=[];at=-1;follows=!0;tall=0;sized=new ResizeObserver(()=>this.stay());root=a("div",{class:"log-view"});search=a("input",{type:"search",placeholder:"Search this part","aria-label":"Search the log"});count=a("span",{class:"count",role:"status"});previous=f("Previous",()=>this.go(-1),{class:"quiet text"});next=f("Next",()=>this.go(1),{class:"quiet text"});wrap=a("input",{type:"checkbox",checked:!0});followed=a("input",{type:"checkbox",checked:!0});follow=a("label",{},this.followed,"Follow");earlier=f("Show earlier lines",()=>this.askEarlier(),{class:"quiet text"});cut=a("span",{class:"count"});content=a("div",{class:"content"});scroll=a("div",{class:"scroll",role:"region",tabindex:0});searched=w(V,()=>{this.find(!0)});constructor(e,t){this.args=e,h(this.scroll,[a("div",{class:"before"},this.earlier,this.cut),this.content]),h(this.root,[a("style",{},t),a("div",{class:"tools",role:"toolbar","aria-label":"Log"},this.search,this.previous,this.next,this.count,a("label",{},this.wrap,"Wrap lines"),this.follow),this.scroll]),e.parentElement.append(this.root),y(this.root),this.search.addEventListener("input",this.searched),this.search.addEventListener("keydown",n=>{n.key==="Enter"&&(n.preventDefault(),this.go(n.shiftKey?-1:1))}),this.wrap.addEventListener("change",()=>{this.content.classList.toggle("whole",!this.wrap.checked),this.stay()}),this.followed.addEventListener("change",()=>{this.follows=this.followed.checked,this.stay()}),this.scroll.addEventListener("scroll",()=>this.scrolled(),{passive:!0}),this.sized.observe(this.content)}update(e){this.args=e;let{data:t}=e;if(this.scroll.setAttribute("aria-label",t.label),this.scroll.style.height=`${t.height}px`,this.follow.hidden=!t.live,this.version===t.version)return;this.version=t.version;let n=this.file!==t.file;this.file=t.file,this.earlier.hidden=!t.more,this.earlier.disabled=!1,this.cut.textContent=t.before?`${u(t.before)} bytes of the file are before this.`:"";let i=this.scroll.scrollHeight-this.scroll.scrollTop,o=!n&&this.text!==""&&t.text.startsWith(this.text),s=this.scroll.scrollTop;o?this.extend(t.text):this.draw(t.text),n&&this.setFollowing(!0),this.find(!1),!this.follows&&!o?this.scroll.scrollTop=this.scroll.scrollHeight-i:this.follows||(this.scroll.scrollTop=s),this.stay()}destroy(){this.searched.cancel(),this.sized.disconnect(),this.root.remove()}draw(e){this.text=e,this.lines=[],this.elements=[],this.content.replaceChildren(),this.add(b(e).lines),this.lines.length||this.content.append(a("p",{class:"nothing"},"Nothing was written yet."))}extend(e){let{lines:t}=b(e),n=Math.max(0,this.lines.length-1);for(let i of this.elements.splice(n))i.remove();this.lines.length=n,this.text=e,this.add(t.slice(n))}add(e){let t=this.content.lastElementChild;for(let n of e){(t===null||t.childElementCount>=U)&&(t=a("div",{class:"block"}),this.content.append(t));let i=a("div",{class:n.cut?"line cut":"line"});N(i,n,[],0,-1),this.lines.push(n),this.elements.push(i),t.append(i)}}askEarlier(){this.earlier.disabled=!0,this.setFollowing(!1),this.args.setTriggerValue("earlier",this.args.data.before)}scrolled(){let{scrollTop:e,scrollHeight:t,clientHeight:n}=this.scroll;if(this.follows&&t!==this.tall){this.stay();return}this.setFollowing(t-e-n<z)}setFollowing(e){this.follows=e,this.followed.checked=e}stay(){this.follows&&(this.tall=this.scroll.scrollHeight,this.scroll.scrollTop=this.tall)}find(e){let t=new Set(this.hits.map(o=>o.line)),n=this.search.value;this.hits=S(this.lines,n),e?this.at=this.hits.length-1:this.at=Math.min(this.at,this.hits.length-1);let i=new Set(this.hits.map(o=>o.line));this.mark(new Set([...t,...i])),this.showCount(),e&&this.hits.length&&this.show()}go(e){let t=this.hits.length;if(!t)return;let n=this.hits[this.at]?.line;this.at=(this.at+e+t)%t;let i=this.hits[this.at]?.line;this.mark(new Set([n,i].filter(o=>o!==void 0))),this.showCount(),this.show()}mark(e){let t=new Map;for(let[n,i]of this.hits.entries()){if(!e.has(i.line))continue;let o=t.get(i.line);o?o.hits.push(i):t.set(i.line,{hits:[i],first:n})}for(let n of e){let i=this.lines[n],o=this.elements[n],s=t.get(n);i&&o&&N(o,i,s?.hits??[],s?.first??0,this.at)}}show(){let e=this.hits[this.at],t=e&&this.elements[e.line];t&&(this.setFollowing(!1),(t.querySelector(".current")??t).scrollIntoView({block:"center",inline:"nearest"}))}showCount(){let e=this.hits.length,t=e>=v?`${u(e)} or more`:u(e);this.count.textContent=this.search.value?e?`${u(this.at+1)} of ${t}`:"Not in this part":"",this.previous.hidden=this.next.hidden=!e}};function N(r,e,t,n,i){let o=E(e,t,n).map(({text:s,style:l,hit:c})=>c<0?l?a("span",{class:l},s):s:a("mark",{class:`${l}${c===i?" current":""}`.trim()||null},s));r.replaceChildren(...o.length?o:["​"])}var A=`.log-view {
  --faint: var(--st-gray-text-color, #55636a);
  --line: var(--st-border-color);
  --soft: color-mix(in srgb, var(--st-primary-color) 12%, transparent);
  display: flex;
  flex-direction: column;
  gap: 8px;
  font: 13px/1.4 var(--st-font);
  color: var(--st-text-color);
  font-variant-numeric: tabular-nums;
}
.log-view * { box-sizing: border-box; }
.log-view [hidden] { display: none; }
.tools { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 12px; }
.tools input[type="search"] {
  flex: 0 1 260px;
  min-width: 0;
  height: 32px;
  padding: 0 10px;
  border: 1px solid var(--line);
  border-radius: var(--st-base-radius, 8px);
  background: var(--st-background-color);
  color: inherit;
  font: inherit;
}
.tools label { display: inline-flex; align-items: center; gap: 6px; min-height: 24px; cursor: pointer; }
input[type="checkbox"] { display: grid; place-content: center; width: 16px; height: 16px; margin: 0; appearance: none;
  border: 1.5px solid var(--faint); border-radius: 4px; background: var(--st-background-color); cursor: pointer; }
input[type="checkbox"]:checked { border-color: var(--st-primary-color); background: var(--st-primary-color); }
input[type="checkbox"]:checked::before { content: ""; width: 10px; height: 10px; background: var(--st-background-color);
  clip-path: polygon(14% 44%, 0 60%, 40% 98%, 100% 20%, 84% 8%, 38% 68%); }
.count { color: var(--faint); }
.quiet { display: inline-flex; align-items: center; min-height: 24px; padding: 0 6px; border: 0; border-radius: 6px;
  background: none; color: var(--st-link-color); font: inherit; cursor: pointer; }
.quiet:hover { background: var(--soft); }
.scroll { min-height: 160px; max-height: 75vh; overflow: auto; padding: 8px 10px; border: 1px solid var(--line);
  border-radius: var(--st-base-radius, 8px); background: var(--st-secondary-background-color); overscroll-behavior: contain; }
.before { font-size: 12px; }
.content { font: 12px/1.55 var(--st-code-font, monospace); white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 4; }
.content.whole { width: max-content; min-width: 100%; white-space: pre; }
.block { content-visibility: auto; contain-intrinsic-height: auto 3700px; }
.whole .block { content-visibility: visible; }
.cut::after { content: " ↩"; color: var(--faint); }
.nothing { margin: 4px 0; color: var(--faint); font-family: var(--st-font); }
mark { border-radius: 2px; background: var(--st-yellow-background-color, #fdf0c2); color: inherit; }
mark.current { outline: 2px solid var(--st-primary-color); }
.bold { font-weight: 700; }
.faint, .black { color: var(--faint); }
.italic { font-style: italic; }
.underlined { text-decoration: underline; }
.red { color: var(--st-red-text-color); }
.green { color: var(--st-green-text-color); }
.yellow { color: var(--st-orange-text-color); }
.blue { color: var(--st-blue-text-color); }
.magenta { color: var(--st-violet-text-color); }
.cyan { color: var(--st-link-color); }
.on-red { background: var(--st-red-background-color); }
.on-green { background: var(--st-green-background-color); }
.on-yellow { background: var(--st-orange-background-color); }
.on-blue, .on-cyan { background: var(--st-blue-background-color); }
.on-magenta { background: var(--st-violet-background-color); }
.on-black, .on-white { background: var(--st-gray-background-color); }
:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
.scroll:focus-visible { outline-offset: -2px; }
`;var ot=x(r=>new p(r,A));export{ot as default};
